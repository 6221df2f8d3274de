/**
 * One direction of a connection through a door: takes bytes from one socket and gives them to another in chunks of
 * its own making, late, or not at all. Bytes stay in order and none is lost, as in TCP, until the cut; what the
 * receiver gets is always the beginning of what was sent. A sender whose bytes are held back is slowed down.
 */
import type { Socket } from 'node:net'
import type { Random } from '../../src/sim/random.js'
import { pause } from '../real/run.js'
import type { FlowPlan, How } from './plan.js'

/** Bytes that are held before their sender has to wait. */
const MAX_HELD_BYTES = 1 << 20
/** Bytes that are passed on one by one; then the time would grow too long. */
const SINGLE_BYTES = 4_000

export class Flow {
  /** Bytes that the receiver has been given. */
  passed = 0
  private held: Buffer = Buffer.alloc(0)
  private ended = false
  private busy = false
  private severed = false
  private frozen: number | undefined

  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    private readonly plan: FlowPlan,
    private readonly random: Random,
    private readonly cut: (how: How, flow: Flow) => void,
    private readonly note: (what: string) => void,
  ) {
    this.frozen = plan.freeze?.at
    source.on('data', (bytes) => this.take(bytes))
    source.on('end', () => {
      this.ended = true
      void this.pump()
    })
    // Reset by its node, or by us: the other side is told in the same way.
    source.on('error', () => this.sever())
    source.on('close', () => {
      if (!this.ended) this.sever()
    })
  }

  /** Nothing more is passed on, not even an end. */
  stop(): void {
    this.severed = true
    this.held = Buffer.alloc(0)
    this.source.resume()
  }

  take(bytes: Buffer): void {
    if (this.severed) return
    this.held = Buffer.concat([this.held, bytes])
    if (this.held.length > MAX_HELD_BYTES) this.source.pause()
    void this.pump()
  }

  private sever(): void {
    if (this.severed) return
    this.stop()
    this.sink.resetAndDestroy()
  }

  private async pump(): Promise<void> {
    if (this.busy) return
    this.busy = true
    while (this.held.length > 0 && !this.severed) await this.pass()
    this.busy = false
    if (this.ended && !this.severed) this.sink.end()
  }

  private async pass(): Promise<void> {
    await this.wait()
    const { cut, flip } = this.plan
    const length = Math.min(this.chunk(), this.held.length, (cut?.at ?? Infinity) - this.passed)
    const chunk = this.held.subarray(0, length)
    this.held = this.held.subarray(length)
    if (this.held.length < MAX_HELD_BYTES) this.source.resume()
    if (flip !== undefined && flip.at >= this.passed && flip.at < this.passed + length)
      chunk.writeUInt8(chunk.readUInt8(flip.at - this.passed) ^ flip.mask, flip.at - this.passed)
    if (length > 0 && !this.sink.destroyed) await new Promise((resolve) => this.sink.write(chunk, resolve))
    this.passed += length
    if (this.passed === cut?.at && !this.severed) this.cut(cut.how, this)
  }

  private async wait(): Promise<void> {
    const { delayMs, freeze } = this.plan
    if (this.frozen !== undefined && this.passed >= this.frozen && freeze !== undefined) {
      this.frozen = undefined
      this.note(`stands still for ${freeze.forMs} ms after ${this.passed} bytes`)
      await pause(freeze.forMs)
    }
    if (delayMs > 0) await pause(delayMs)
    // A turn of the event loop: else neighbouring chunks would arrive as one.
    else await new Promise((resolve) => setImmediate(resolve))
  }

  private chunk(): number {
    const { chunks } = this.plan
    if (chunks === 'whole') return this.held.length
    if (chunks === 'bytes' && this.passed < SINGLE_BYTES) return 1
    return 1 + this.random.below(this.random.pick([4, 100, 5_000]))
  }
}
