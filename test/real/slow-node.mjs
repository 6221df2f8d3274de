/**
 * A real node whose main thread stands still for a while soon after it has told where it listens, and then finds all
 * at once what its service thread has had to say meanwhile.
 */
import '../../dist/runtime/node-main.js'

const STILL_MS = 300
const word = new Int32Array(new SharedArrayBuffer(4))
const send = process.send.bind(process)

process.send = (report, ...rest) => {
  if (report.type === 'listening') setImmediate(() => Atomics.wait(word, 0, 0, STILL_MS))
  return send(report, ...rest)
}
