/**
 * What a protocol says to synchronisation when its pages are in order whenever a process synchronises: nothing rides on
 * locks and meetings, and nobody has anything to take in. There are no intervals and no vector times.
 */
import { TreadMarksError } from '../errors.js'
import type { Coherence, Footprint } from './coherence.js'
import type { NodeId, PageId, ProcId } from './ids.js'
import type { Rider } from './interval.js'
import type { CoherenceMessage } from './messages.js'
import { type VectorTime, zeroTime } from './vector-time.js'

export abstract class WithoutIntervals implements Coherence {
  constructor(private readonly nodes: number) {}

  abstract miss(page: PageId): void
  abstract message(from: NodeId, message: CoherenceMessage): void
  abstract flush(proc: ProcId): void
  abstract holdOver(page: PageId): void

  time(): VectorTime {
    return zeroTime(this.nodes)
  }

  release(): Rider {
    return { time: this.time(), intervals: [] }
  }

  releaseTo(): Rider {
    return this.release()
  }

  arrive(): Rider {
    return this.release()
  }

  acquire(from: NodeId, rider: Rider): void {
    if (rider.intervals.length > 0)
      throw new TreadMarksError('ERR_TM_PROTOCOL', `node ${from} sent intervals to a node that has none`)
  }

  departed(): void {}

  footprint(): Footprint {
    return { intervals: 0, timeBytes: 0, notices: 0, diffs: 0, diffBytes: 0 }
  }
}
