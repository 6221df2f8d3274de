/**
 * Standard input of a program thread. Node gives a worker a copy that the main thread reads; here the thread
 * reads descriptor 0 itself. It is opened on first use only, because a program may read the descriptor in its
 * own way and must then find all of it.
 */
import { createReadStream } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'

/** Gives this thread `process.stdin`. */
export function useStdin(): void {
  let stdin: NodeJS.ReadableStream | undefined
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    enumerable: true,
    get: () => {
      stdin ??= isatty(0) ? terminal() : createReadStream('', { fd: 0, autoClose: false })
      return stdin
    },
  })
}

/** As in a main thread: a program that has paused its input does not wait for another line before it ends. */
function terminal(): ReadStream {
  const stream = new ReadStream(0)
  stream.on('pause', () => stream.unref())
  stream.on('resume', () => stream.ref())
  return stream
}
