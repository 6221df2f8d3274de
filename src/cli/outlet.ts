/**
 * Our end of standard output and standard error. It exists because `process.stdout` and `process.stderr` make a pipe or
 * socket non-blocking for everybody who shares it, and the nodes do share it: their own writes would then fail with EAGAIN
 * as soon as the reader is slow. (`import 'node:process'` touches both; that is why here the global is used everywhere.)
 * A pipe is therefore opened a second time, non-blocking for us alone, so that a reader that has stopped reading holds up
 * neither the end of a run nor Ctrl-C; anything else is written off the main thread.
 */
import { constants, fstatSync, openSync, write } from 'node:fs'
import { Writable } from 'node:stream'

/** A stream to a descriptor of ours. An error (EPIPE, EIO) destroys it and is emitted; later writes are dropped. */
export function openOutlet(descriptor: number): Writable {
  return outletTo(ourOwn(descriptor))
}

/** The same to a descriptor that is ours alone: a pipe must not wait. */
export function outletTo(descriptor: number): Writable {
  const outlet = new Outlet(descriptor)
  // A reader that is gone is no reason to crash; who cares listens as well.
  outlet.on('error', () => {})
  // Every node with --label waits for 'drain' on it.
  outlet.setMaxListeners(0)
  return outlet
}

/** Resolves when all that was written has been handed over, or never will be. */
export function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve)
    stream.write('', () => {
      stream.removeListener('close', resolve)
      resolve()
    })
  })
}

function ourOwn(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    // Another user's pipe, one without a reader, or a closed descriptor: the first write will show.
    return descriptor
  }
}

/** Pause before a full pipe is tried again, ms. */
const RETRY_MS = 2

class Outlet extends Writable {
  readonly #descriptor: number

  constructor(descriptor: number) {
    super({ decodeStrings: true })
    this.#descriptor = descriptor
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 0) {
      done()
      return
    }
    write(this.#descriptor, chunk, 0, chunk.length, null, (error, written) => {
      if (error === null) {
        if (written < chunk.length) this._write(chunk.subarray(written), _encoding, done)
        else done()
      } else if (error.code !== 'EAGAIN' || this.destroyed) done(error)
      else setTimeout(() => this._write(chunk, _encoding, done), RETRY_MS)
    })
  }
}
