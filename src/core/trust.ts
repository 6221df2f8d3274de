/**
 * Trust that a page is in use: how often its diffs come by themselves before somebody must ask again. It starts
 * small and doubles with each proof, which is a miss or a request; so a page that falls out of use costs about
 * as many diffs for nothing as it has saved before, and one that stays in use is hardly ever missed.
 */
import { MAX_TRUST } from '../limits.js'

const FIRST = 4

export class Trust {
  /** How often still. */
  left = 0
  private next = FIRST

  /** Whether the page was ever asked for. */
  get proven(): boolean {
    return this.next > FIRST
  }

  /** The page was asked for. */
  prove(): void {
    this.left = this.next
    this.next = Math.min(this.next * 2, MAX_TRUST)
  }

  /** One diff comes by itself. False when none may. */
  spend(): boolean {
    if (this.left === 0) return false
    this.left--
    return true
  }
}
