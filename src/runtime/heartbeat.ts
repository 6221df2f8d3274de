/**
 * Whether the peers are alive. To a peer that hears nothing else of us a heartbeat goes now and then; one of which
 * nothing is heard for the limit is lost. Only time in which this process itself ran counts: after a stop, of this
 * node or of the whole run, nobody is blamed for it.
 */
import type { NodeId } from '../core/ids.js'

/** Looks at all peers so many times in a limit; between two messages to a peer lie at most two looks. */
const LOOKS = 8
/** The service is woken more often than this, ms: time that passes beyond it was a stop of this process. */
const LONGEST_MS = 1_000

export class Heartbeat {
  private readonly lookMs: number
  /** Time this process has run, ms. */
  private ran = 0
  private nextLook = 0
  private readonly peers: NodeId[] = []
  /** By peer, in that time. */
  private readonly heard: Float64Array
  private readonly said: Float64Array

  /** `limitMs` 0: nobody is ever lost. */
  constructor(
    private readonly limitMs: number,
    nodes: number,
  ) {
    this.lookMs = limitMs / LOOKS
    this.heard = new Float64Array(nodes)
    this.said = new Float64Array(nodes)
  }

  joins(peer: NodeId): void {
    this.peers.push(peer)
    this.hears(peer)
    this.says(peer)
  }

  hears(peer: NodeId): void {
    this.heard[peer] = this.ran
  }

  says(peer: NodeId): void {
    this.said[peer] = this.ran
  }

  /** Time has passed since the last call, ms. */
  passes(ms: number): void {
    this.ran += Math.min(ms, LONGEST_MS)
  }

  /** Who is to get a heartbeat now, and who is lost; undefined when it is not time to look. */
  look(): { readonly quiet: readonly NodeId[]; readonly lost: NodeId | undefined } | undefined {
    if (this.limitMs === 0 || this.ran < this.nextLook) return undefined
    this.nextLook = this.ran + this.lookMs
    return {
      quiet: this.peers.filter((peer) => this.ran - (this.said[peer] as number) >= this.lookMs),
      lost: this.peers.find((peer) => this.ran - (this.heard[peer] as number) >= this.limitMs),
    }
  }
}
