/**
 * What the nodes of a run say of each other: the messages that one recorded as sent and those that the other
 * recorded as received must be the same, in the same order. Of each message only a checksum is kept here; who
 * wants to see one reads the recordings again (`letter`).
 */
import type { NodeId } from '../../core/ids.js'
import type { Message } from '../../core/messages.js'
import type { Checksum, Step } from '../../core/step.js'
import { ByteWriter } from '../../wire/bytes.js'
import { encode, typeByte } from '../../wire/codec.js'
import type { RecordingReader } from '../../wire/recording.js'

/** From one node to another, checksums in order. */
export interface Link {
  readonly from: NodeId
  readonly to: NodeId
  readonly sent: number[]
  readonly received: number[]
}

export class Letters {
  private readonly all = new Map<string, Link>()
  private readonly writer = new ByteWriter()

  constructor(private readonly checksum: Checksum) {}

  /** A step of a node's recording. */
  note(node: NodeId, step: Step): void {
    for (const { from, to, message } of lettersOf(node, step)) {
      const link = this.link(from, to)
      const letters = from === node ? link.sent : link.received
      letters.push(this.sumOf(message))
    }
  }

  links(): Iterable<Link> {
    return this.all.values()
  }

  private link(from: NodeId, to: NodeId): Link {
    const key = `${from} ${to}`
    const known = this.all.get(key)
    if (known !== undefined) return known
    const link: Link = { from, to, sent: [], received: [] }
    this.all.set(key, link)
    return link
  }

  private sumOf(message: Message): number {
    this.writer.reset()
    this.writer.u8(typeByte(message))
    encode(message, this.writer)
    return this.checksum(this.writer.subarray())
  }
}

/** Which message is the first that is not the same on both sides, counted from 0; undefined when none is. */
export function firstUnlike({ sent, received }: Link): number | undefined {
  const both = Math.min(sent.length, received.length)
  for (let i = 0; i < both; i++) if (sent[i] !== received[i]) return i
  return undefined
}

/** The message of that number on its way from one node to another, as this recording has it, and its event. */
export function letter(
  reader: RecordingReader,
  link: Link,
  number: number,
): { readonly event: number; readonly message: Message } | undefined {
  let seen = 0
  let event = 0
  for (let recorded = reader.next(); recorded !== undefined; recorded = reader.next()) {
    event++
    for (const { from, to, message } of lettersOf(reader.header.self, recorded.step)) {
      if (from === link.from && to === link.to && seen++ === number) return { event, message }
    }
  }
  return undefined
}

interface Letter {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
}

/** What came in one step, and what went. */
function lettersOf(node: NodeId, { event, outcome }: Step): Letter[] {
  const letters: Letter[] = event.type === 'message' ? [{ from: event.from, to: node, message: event.message }] : []
  if (outcome.type === 'failed') return letters
  for (const action of outcome.actions) {
    if (action.type === 'send') letters.push({ from: node, to: action.to, message: action.message })
  }
  return letters
}
