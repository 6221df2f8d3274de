/**
 * Standard output and error of a thread that blocks: Node sends a worker's output through the main thread
 * and drops what is not sent when the process is killed. Here every write goes to the descriptor at once. One that fails
 * ends the program at once too: it may never come back to its event loop, where it would hear of it.
 */
import { Console } from 'node:console'
import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { isCaughtByProgram } from './uncaught.js'

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

/** What a stream does to the program that writes. */
export interface Consequences {
  /** Throws when a write might come to the end of the stack: half done it could neither be finished nor repeated. */
  mustHaveRoom(): void
  /** A write has failed, and the program does not listen for that. */
  lost(error: unknown): void
}

class SyncStream extends Writable {
  readonly isTTY: boolean

  constructor(
    readonly fd: number,
    private readonly consequences: Consequences,
  ) {
    super({ decodeStrings: true })
    this.isTTY = isatty(fd)
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Written, written?: Written): boolean {
    this.consequences.mustHaveRoom()
    return super.write(chunk, encoding as BufferEncoding, written)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    try {
      writeAll(this.fd, chunk)
    } catch (error) {
      // Not through `done`, by which the console would swallow it: without a reader a program is to end.
      if (this.isHeard() || isCaughtByProgram()) process.nextTick(() => this.emit('error', error))
      else this.consequences.lost(error)
    }
    done()
  }

  /** Whether the program listens for errors of this stream. */
  private isHeard(): boolean {
    return this.listeners('error').some((listener) => listener !== consoles)
  }
}

type Written = (error: Error | null | undefined) => void

/** With this a console listens while it writes, if nobody else does. It is for nothing but to be there. */
const consoles = listenerOfConsole()

function listenerOfConsole(): unknown {
  let listener: unknown
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      listener = stream.listeners('error')[0]
      done()
    },
  })
  new Console(stream).log()
  return listener
}

/** Gives this thread synchronous `process.stdout` and `process.stderr`, and with them its console. */
export function useSyncStdio(consequences: Consequences): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    Object.defineProperty(process, name, {
      value: new SyncStream(fd, consequences),
      configurable: true,
      enumerable: true,
    })
  }
}
