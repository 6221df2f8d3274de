/**
 * `--label`: each line of a node's output with the process in front. Lines are cut at the byte 0x0A, so characters that
 * arrive in two chunks stay whole; a line is passed on when it is complete, because halves of two processes' lines would
 * mix. What is left without an end of line when the process ends is printed with one.
 */
import type { Readable } from 'node:stream'

/** Longest line that is held back, bytes; a longer one is printed in pieces, each a line of its own. */
export const MAX_LINE_BYTES = 256 * 1024
/** Time a pipe may stay silent after its process has gone, ms: a grandchild may keep it open for ever. */
const SILENCE_MS = 200

export class LabelledPipe {
  readonly #source: Readable
  readonly #out: NodeJS.WritableStream
  readonly #prefix: Buffer
  /** Chunks of the line that is not complete yet. */
  #held: Buffer[] = []
  #heldBytes = 0
  #closed: Promise<void>
  #waitingForOut = false
  #silence: NodeJS.Timeout | undefined

  constructor(source: Readable, out: NodeJS.WritableStream, prefix: string) {
    this.#source = source
    this.#out = out
    this.#prefix = Buffer.from(prefix)
    source.on('data', (chunk: Buffer) => this.#take(chunk))
    // A broken pipe ends like any other; the node's own end says what there is to say.
    source.on('error', () => {})
    this.#closed = new Promise((resolve) => {
      source.once('close', () => {
        clearTimeout(this.#silence)
        this.#flush()
        resolve()
      })
    })
    // With nobody left to read, the program learns it as it would without us: its next write fails.
    out.once('error', () => source.destroy())
  }

  /** To be called when the process has gone: resolves when all its output has been passed on. */
  async drained(): Promise<void> {
    this.#source.on('data', () => this.#watchSilence())
    this.#watchSilence()
    await this.#closed
  }

  #watchSilence(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      if (this.#waitingForOut) this.#watchSilence()
      else this.#source.destroy()
    }, SILENCE_MS)
  }

  #take(chunk: Buffer): void {
    const lines: Buffer[] = []
    let from = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      lines.push(this.#prefix, ...this.#held, chunk.subarray(from, end + 1))
      this.#hold([])
      from = end + 1
    }
    if (from < chunk.length) {
      this.#held.push(chunk.subarray(from))
      this.#heldBytes += chunk.length - from
    }
    if (this.#heldBytes > MAX_LINE_BYTES) lines.push(...this.#cut())
    if (lines.length > 0) this.#pass(Buffer.concat(lines))
  }

  #hold(held: Buffer[]): void {
    this.#held = held
    this.#heldBytes = held.reduce((sum, part) => sum + part.length, 0)
  }

  /** The held part of a line that is too long, as a line, without the beginning of a character at its end. */
  #cut(): Buffer[] {
    const text = Buffer.concat(this.#held)
    let end = text.length
    // Continuation bytes are 10xxxxxx and a character has at most three of them, after a byte of 11xxxxxx.
    while (end > text.length - 4 && (text.readUInt8(end - 1) & 0xc0) === 0x80) end--
    end = (text.readUInt8(end - 1) & 0xc0) === 0xc0 ? end - 1 : text.length
    this.#hold(end < text.length ? [text.subarray(end)] : [])
    return [this.#prefix, text.subarray(0, end), Buffer.from('\n')]
  }

  #flush(): void {
    if (this.#heldBytes === 0) return
    this.#pass(Buffer.concat([this.#prefix, ...this.#held, Buffer.from('\n')]))
    this.#hold([])
  }

  #pass(bytes: Buffer): void {
    if (this.#out.write(bytes) || this.#waitingForOut) return
    this.#waitingForOut = true
    this.#source.pause()
    this.#out.once('drain', () => {
      this.#waitingForOut = false
      this.#source.resume()
    })
  }
}
