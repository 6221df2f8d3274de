/**
 * The lazy protocols of one node behind the one row of intervals that they share. An interval may name pages of several;
 * each protocol hears of its own. So what happened before holds across them: a notice of one is covered by the vector times
 * by which another's are judged.
 */
import { TreadMarksError } from '../errors.js'
import type { PageId } from './ids.js'
import type { Interval } from './interval.js'
import type { Noticed } from './lazy-release.js'
import type { PageOwners } from './page-owners.js'

export class LazyProtocols implements Noticed {
  /** By the number of the owner. */
  private readonly members = new Map<number, Noticed>()

  constructor(private readonly owners: PageOwners) {}

  join(owner: number, protocol: Noticed): void {
    this.members.set(owner, protocol)
  }

  beforeMeeting(): void {
    for (const protocol of this.members.values()) protocol.beforeMeeting()
  }

  atMeeting(interval: Interval): void {
    this.each(interval, (protocol, own) => protocol.atMeeting(own))
  }

  afterMeeting(): void {
    for (const protocol of this.members.values()) protocol.afterMeeting()
  }

  closed(interval: Interval): void {
    this.each(interval, (protocol, own) => protocol.closed(own))
  }

  notice(page: PageId, interval: Interval): void {
    const protocol = this.members.get(this.owners.of(page))
    if (protocol === undefined) {
      const what = `interval ${interval.index} of node ${interval.node} names page ${page}, which obeys no lazy protocol`
      throw new TreadMarksError('ERR_TM_PROTOCOL', what)
    }
    protocol.notice(page, interval)
  }

  noticed(interval: Interval): void {
    for (const protocol of this.members.values()) protocol.noticed(interval)
  }

  /** Each protocol with an interval of its pages alone, if there are any. */
  private each(interval: Interval, tell: (protocol: Noticed, own: Interval) => void): void {
    const alone = this.members.size === 1
    for (const [owner, protocol] of this.members) {
      if (alone) return tell(protocol, interval)
      const pages = interval.pages.filter((id) => this.owners.of(id) === owner)
      if (pages.length > 0) tell(protocol, { ...interval, pages })
    }
  }
}
