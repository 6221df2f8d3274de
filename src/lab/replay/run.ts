/**
 * Replays the recordings of a run, each node by itself, then compares what they say of each other, and tells in
 * lines what came of it.
 */
import { crc32 } from 'node:zlib'
import type { CoherenceFactory } from '../../core/coherence.js'
import { TreadMarksError } from '../../errors.js'
import { Recording, recordedNodes } from '../../runtime/recordings.js'
import type { RecordedStep, RecordingEnd, RecordingHeader, RecordingReader } from '../../wire/recording.js'
import { describeCalls, describeEvent, describeMessage, describeOutcome } from '../describe.js'
import { protocols } from '../protocols.js'
import { firstUnlike, Letters, type Link, letter } from './letters.js'
import { type Divergence, type Replayed, replay } from './replay.js'

export interface ReplayOptions {
  readonly folder: string
  /** Only this node. */
  readonly node?: number | undefined
  /** A line for each event, call and action. */
  readonly print?: boolean
  /** In the place of the protocol that the recordings name. */
  readonly coherence?: CoherenceFactory
}

/** True when everything is the same. Throws when there is nothing that could be replayed. */
export function replayRun(options: ReplayOptions, say: (line: string) => void): boolean {
  const there = recordedNodes(options.folder)
  const { node } = options
  if (node !== undefined && !there.includes(node)) {
    throw new TreadMarksError(
      'ERR_TM_USAGE',
      `there is no node ${node} in ${options.folder}; there is ${there.join(', ')}`,
    )
  }
  const run = new RunReplay(options, say)
  for (const one of node === undefined ? there : [node]) run.replay(one)
  if (node === undefined) run.compare(there)
  return run.same
}

class RunReplay {
  same = true
  private readonly letters = new Letters(crc32)
  /** How the recordings end that could be read to their end. */
  private readonly ends = new Map<number, RecordingEnd>()
  /** Of the first. */
  private header: RecordingHeader | undefined

  constructor(
    private readonly options: ReplayOptions,
    private readonly say: (line: string) => void,
  ) {}

  replay(node: number): void {
    const result: Replayed = { events: 0, calls: 0, actions: 0, divergence: undefined }
    try {
      using(this.options.folder, node, (reader) => {
        const coherence = this.options.coherence ?? this.protocolOf(reader.header)
        replay(reader, coherence, crc32, result, (recorded, number) => {
          this.letters.note(reader.header.self, recorded.step)
          if (this.options.print === true) for (const line of traced(recorded, number)) this.say(line)
        })
        if (result.divergence !== undefined) return this.differs(reader, result, result.divergence)
        this.ends.set(node, reader.end as RecordingEnd)
        this.say(`node ${node}: ${counted(result)}: same${endOf(reader)}`)
      })
    } catch (error) {
      if (!(error instanceof TreadMarksError)) throw error
      this.wrong(result.events === 0 ? [] : [`node ${node}: ${counted(result)}: same, and then:`])
      this.wrong([`node ${node}: ${error.message}`])
    }
  }

  /** What the nodes say of each other. */
  compare(there: readonly number[]): void {
    const { folder } = this.options
    for (let node = 0; node < (this.header?.nodes ?? 0); node++) {
      if (!there.includes(node)) this.wrong([`node ${node}: its recording is not in ${folder}`])
    }
    let both = 0
    let underWay = 0
    for (const link of this.letters.links()) {
      // What a node has left out is not what another says of it.
      if (!this.ends.has(link.from) || !this.ends.has(link.to)) continue
      both += Math.min(link.sent.length, link.received.length)
      underWay += Math.max(0, link.sent.length - link.received.length)
      this.compareLink(link)
    }
    const late = underWay === 0 ? '' : `; ${underWay} more, sent too late to be received`
    this.say(`messages: ${both} were received as they were sent${late}`)
  }

  private compareLink(link: Link): void {
    const { from, to, sent, received } = link
    const more = received.length - sent.length
    const unlike = firstUnlike(link) ?? (more > 0 ? sent.length : undefined)
    if (unlike === undefined) return
    const name = `node ${from} → node ${to}`
    if (unlike === sent.length && this.ends.get(from) !== 'closed') {
      this.say(`${name}: ${more} received beyond the end of what is left of node ${from}'s recording`)
      return
    }
    const line = (node: number, did: string): string => {
      const found = using(this.options.folder, node, (reader) => letter(reader, link, unlike))
      if (found === undefined) return `  ${did}  nothing more`
      return `  ${did}  by event #${found.event} of node ${node}: ${describeMessage(found.message)}`
    }
    this.wrong([`${name}: message ${unlike + 1} is not the same`, line(from, 'sent    '), line(to, 'received')])
  }

  private differs(reader: RecordingReader, result: Replayed, { event, at, expected, found }: Divergence): void {
    this.wrong([
      `node ${reader.header.self}: ${counted(result)}: same, and then event #${result.events + 1} DIFFERS (record at byte ${at})`,
      `  event     ${describeEvent(event)}`,
      `  expected  ${expected}`,
      `  found     ${found}`,
    ])
  }

  private protocolOf(header: RecordingHeader): CoherenceFactory {
    this.header ??= header
    for (const name of ['nodes', 'threads', 'pageBytes', 'heapBytes', 'protocol'] as const) {
      if (header[name] === this.header[name]) continue
      throw unfit(`node ${header.self} is of another run: its ${name} is ${header[name]}, not ${this.header[name]}`)
    }
    const protocol = Object.hasOwn(protocols, header.protocol) ? protocols[header.protocol] : undefined
    if (protocol !== undefined) return protocol
    throw unfit(`it was made with protocol '${header.protocol}'; known are ${Object.keys(protocols).join(', ')}`)
  }

  private wrong(lines: readonly string[]): void {
    this.same = false
    for (const line of lines) this.say(line)
  }
}

const unfit = (message: string): TreadMarksError => new TreadMarksError('ERR_TM_RECORDING', message)

function using<T>(folder: string, node: number, use: (reader: RecordingReader) => T): T {
  const recording = new Recording(folder, node)
  try {
    return use(recording.reader)
  } finally {
    recording.close()
  }
}

const counted = ({ events, calls, actions }: Replayed): string => `${events} events, ${calls} calls, ${actions} actions`

function endOf({ end, at, header }: RecordingReader): string {
  if (end === 'closed') return ''
  const killed = `node ${header.self} did not close it: it was killed, or still runs`
  return end === 'torn'
    ? `, up to byte ${at}, where a record breaks off (${killed})`
    : `, as far as it goes (${killed})`
}

function* traced({ step }: RecordedStep, number: number): Generator<string> {
  yield `#${number} ${describeEvent(step.event)}`
  for (const line of describeCalls(step.calls)) yield `     ${line}`
  for (const line of describeOutcome(step.outcome)) yield `     ${line}`
}
