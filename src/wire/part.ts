/**
 * A part of the handshake: a fixed number of bytes, collected over as many chunks as they come in. It is all
 * that is ever kept of what a stranger sends.
 */
import { TreadMarksError } from '../errors.js'

export class Part {
  readonly #bytes: Uint8Array
  readonly #name: string
  #length = 0

  constructor(size: number, name: string) {
    this.#bytes = new Uint8Array(size)
    this.#name = name
  }

  get full(): boolean {
    return this.#length === this.#bytes.length
  }

  /** What has come of it. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Takes what it needs from the beginning of `chunk`; returns how much that was. */
  take(chunk: Uint8Array): number {
    const taken = Math.min(chunk.length, this.#bytes.length - this.#length)
    this.#bytes.set(chunk.subarray(0, taken), this.#length)
    this.#length += taken
    return taken
  }

  /** For a connection that ends, or is given up, before the part is full. */
  cut(): TreadMarksError {
    const came = `${this.#length} of the ${this.#bytes.length} bytes of its ${this.#name}`
    return new TreadMarksError('ERR_TM_HANDSHAKE', `the other side did not finish the handshake: ${came} came`)
  }
}
