/**
 * Standard output and error of a thread that blocks: Node sends a worker's output through the main thread
 * and drops what is not sent when the process is killed. Here every write goes to the descriptor at once.
 */
import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes all of `bytes`, waiting while a pipe is full. */
export function writeAll(fd: number, written: Uint8Array): void {
  // A system call does not trap: it would fail on pages of the heap that are closed.
  const bytes = written.buffer instanceof SharedArrayBuffer ? new Uint8Array(written) : written
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

class SyncStream extends Writable {
  readonly isTTY: boolean

  constructor(readonly fd: number) {
    super({ decodeStrings: true })
    this.isTTY = isatty(fd)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    try {
      writeAll(this.fd, chunk)
    } catch (error) {
      // Not through `done`, by which the console would swallow it: without a reader a program is to end.
      process.nextTick(() => this.emit('error', error))
    }
    done()
  }
}

/** Gives this thread synchronous `process.stdout` and `process.stderr`, and with them its console. */
export function useSyncStdio(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    Object.defineProperty(process, name, { value: new SyncStream(fd), configurable: true, enumerable: true })
  }
}
