/**
 * The words beside an arrow: a message's kind, and in short what it is about: a lock, pages, and the pages that its
 * write notices name. It goes by the names of fields, so a new kind of message has a caption without a line here.
 */
import type { PageId } from '../core/ids.js'
import type { Interval } from '../core/interval.js'
import type { Message } from '../core/messages.js'

export function caption(message: Message): string {
  const about = [...subject(message)]
  return about.length === 0 ? message.type : `${message.type} ${about.join(', ')}`
}

function* subject(message: Message): Generator<string> {
  const fields = message as Partial<Fields>
  if (fields.lock !== undefined) yield `lock ${fields.lock}`
  if (message.type === 'arrive') yield message.kind === 'barrier' ? `barrier ${message.id}` : message.kind
  if (message.type === 'lockTried') yield message.granted ? 'granted' : 'not free'
  if (message.type === 'parcel') yield `process ${message.from} → ${message.to}`
  const named = pagesOf(fields)
  if (named.length > 0) yield pageList(named)
  const noticed = (fields.rider?.intervals ?? []).flatMap(({ pages }) => [...pages])
  if (noticed.length > 0) yield `notices ${pageList(noticed)}`
}

/** What fields of these names are, in any message that has them. */
interface Fields {
  readonly lock: number
  readonly page: PageId
  readonly pages: readonly PageId[]
  readonly wants: readonly { readonly page: PageId }[]
  readonly diffs: readonly { readonly page: PageId }[]
  readonly homes: readonly { readonly page: PageId }[]
  readonly rider: { readonly intervals: readonly Pick<Interval, 'pages'>[] }
}

function pagesOf({ page, pages = [], wants = [], diffs = [], homes = [] }: Partial<Fields>): PageId[] {
  const one = page === undefined ? [] : [page]
  return [...one, ...pages, ...[...wants, ...diffs, ...homes].map((each) => each.page)]
}

/** How many pages are named. */
const NAMED = 4

/** `p0 p3 p4 +2` */
export function pageList(pages: Iterable<number>): string {
  const all = [...new Set(pages)].sort((a, b) => a - b)
  const rest = all.length - NAMED
  return [...all.slice(0, NAMED).map((page) => `p${page}`), ...(rest > 0 ? [`+${rest}`] : [])].join(' ')
}
