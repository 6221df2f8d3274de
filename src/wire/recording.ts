/**
 * The recording of one node as a file: first what it is and whose, then its steps, then a mark that says the
 * node closed it. Each of these is a record with two checksums, so damage is told from a recording that just
 * ends, as that of a node that was killed does; what was written whole can be read. docs/recording.md has the
 * layout.
 */
import type { NodeId } from '../core/ids.js'
import type { Checksum, Step } from '../core/step.js'
import { TreadMarksError } from '../errors.js'
import { MAX_HEAP_BYTES, MAX_PAGE_BYTES, MAX_PROCS } from '../limits.js'
import type { Bounds } from './bounds.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { text } from './fields.js'
import { PROTOCOL_VERSION } from './greeting.js'
import { step as stepField } from './steps.js'

/** Raised with every change of records or steps. */
export const RECORDING_VERSION = 1

/** Whose recording it is, and the run's sizes. */
export interface RecordingHeader {
  readonly self: NodeId
  readonly nodes: number
  readonly threads: number
  readonly pageBytes: number
  readonly heapBytes: number
  /** Name of the coherence protocol. */
  readonly protocol: string
}

type Sizes = Omit<RecordingHeader, 'self' | 'protocol'>
function boundsOf({ nodes, threads, pageBytes, heapBytes }: Sizes): Bounds {
  return { nodes, procs: nodes * threads, pages: heapBytes / pageBytes, pageBytes, heapBytes }
}

enum Kind {
  HEADER = 1,
  STEP = 2,
  END = 3,
}
const MAGIC = Uint8Array.of(0x54, 0x4d, 0x52, 0x43) // TMRC
const PREFIX_BYTES = 8
/** A record's length and its checksum. */
const FRONT_BYTES = 8
/** The body's checksum. */
const BACK_BYTES = 4

/** Collects the bytes of a recording; whoever stores them takes them with `bytes` and says `clear`. */
export class RecordingWriter {
  readonly #checksum: Checksum
  readonly #out = new ByteWriter()
  readonly #body = new ByteWriter()
  #steps = 0

  constructor(header: RecordingHeader, checksum: Checksum) {
    this.#checksum = checksum
    this.#out.bytes(MAGIC)
    this.#out.u16(RECORDING_VERSION)
    this.#out.u16(PROTOCOL_VERSION)
    this.#record(Kind.HEADER, (body) => writeHeader(body, header))
  }

  /** Bytes that nobody has taken yet. */
  get length(): number {
    return this.#out.length
  }

  step(step: Step): void {
    this.#record(Kind.STEP, (body) => stepField.write(body, step))
    this.#steps++
  }

  /** The mark; nothing may follow. */
  end(): void {
    this.#record(Kind.END, (body) => body.varint(this.#steps))
  }

  /** Valid until the next record. */
  bytes(): Uint8Array {
    return this.#out.subarray()
  }

  clear(): void {
    this.#out.reset()
  }

  /** A body that cannot be written leaves nothing behind. */
  #record(kind: Kind, write: (body: ByteWriter) => void): void {
    this.#body.reset()
    this.#body.u8(kind)
    write(this.#body)
    const body = this.#body.subarray()
    const front = this.#out.length
    this.#out.u32(body.length)
    this.#out.u32(this.#checksum(this.#out.subarray(front)))
    this.#out.bytes(body)
    this.#out.u32(this.#checksum(body))
  }
}

/** Where the bytes of a recording are. */
export interface RecordingSource {
  /** For errors. */
  readonly name: string
  /** How many there are. */
  readonly bytes: number
  /** `length` of them, which are there; valid until the next call. */
  read(at: number, length: number): Uint8Array
}

/** How a recording ends: as its node closed it, behind a whole step, or in the middle of a record. */
export type RecordingEnd = 'closed' | 'open' | 'torn'

export interface RecordedStep {
  /** Byte of the file at which its record begins. */
  readonly at: number
  readonly step: Step
}

/** Reads a recording from its beginning, one step at a time. Throws ERR_TM_RECORDING for one that is none, or damaged. */
export class RecordingReader {
  readonly header: RecordingHeader
  readonly #source: RecordingSource
  readonly #checksum: Checksum
  readonly #bounds: Bounds
  #at = PREFIX_BYTES
  #steps = 0
  #end: RecordingEnd | undefined

  constructor(source: RecordingSource, checksum: Checksum) {
    this.#source = source
    this.#checksum = checksum
    checkPrefix(source)
    const header = this.#record((kind, body) => {
      if (kind !== Kind.HEADER) body.refuse('kind', `is ${kind}, where a recording has its header`)
      return readHeader(body)
    })
    if (header === undefined) throw refused(source.name, 'ends within its header, so nothing was recorded')
    this.header = header
    this.#bounds = boundsOf(header)
  }

  /** How it ends; known when there is no further step. */
  get end(): RecordingEnd | undefined {
    return this.#end
  }

  /** Where the reader stands: behind the last whole record, at the end. */
  get at(): number {
    return this.#at
  }

  next(): RecordedStep | undefined {
    if (this.#end !== undefined) return undefined
    const { at } = this
    const record = this.#record((kind, body): Step | 'end' => {
      if (kind === Kind.STEP) return stepField.read(body, this.#bounds, 'step')
      if (kind !== Kind.END) body.refuse('kind', `is ${kind}, which does not exist`)
      const steps = body.varint('steps', Number.MAX_SAFE_INTEGER)
      if (steps !== this.#steps) body.refuse('steps', `are ${steps}, but ${this.#steps} stand before it`)
      return 'end'
    })
    if (record === undefined) {
      this.#end = at === this.#source.bytes ? 'open' : 'torn'
      return undefined
    }
    if (record === 'end') {
      if (this.#at !== this.#source.bytes)
        throw refused(this.#source.name, `goes on behind its end, at byte ${this.#at}`)
      this.#end = 'closed'
      return undefined
    }
    this.#steps++
    return { at, step: record }
  }

  /** The next record, checked; undefined when not all of it is there. */
  #record<T>(read: (kind: number, body: ByteReader) => T): T | undefined {
    const at = this.#at
    const left = this.#source.bytes - at
    if (left < FRONT_BYTES) return undefined
    const front = new ByteReader(this.#source.read(at, FRONT_BYTES), 'front')
    const announced = front.bytes(4, 'length')
    const length = new ByteReader(announced, 'front').u32('length')
    if (front.u32('checksum') !== this.#checksum(announced))
      throw this.#damaged(at, 'the checksum of its length is wrong')
    if (left < FRONT_BYTES + length + BACK_BYTES) return undefined
    const whole = new ByteReader(this.#source.read(at + FRONT_BYTES, length + BACK_BYTES), 'record')
    const bytes = whole.bytes(length, 'body')
    if (whole.u32('checksum') !== this.#checksum(bytes)) throw this.#damaged(at, 'its checksum is wrong')
    const body = new ByteReader(bytes, 'record')
    try {
      const value = read(body.u8('kind'), body)
      body.end()
      this.#at += FRONT_BYTES + length + BACK_BYTES
      return value
    } catch (error) {
      if (error instanceof TreadMarksError && error.code === 'ERR_TM_PROTOCOL') throw this.#damaged(at, error.message)
      throw error
    }
  }

  #damaged(at: number, why: string): TreadMarksError {
    return refused(this.#source.name, `is damaged: of the record at byte ${at}, ${why}`)
  }
}

const refused = (name: string, why: string): TreadMarksError =>
  new TreadMarksError('ERR_TM_RECORDING', `the recording ${name} ${why}`)

function checkPrefix(source: RecordingSource): void {
  const { name, bytes } = source
  if (bytes < PREFIX_BYTES) throw refused(name, `has ${bytes} bytes, fewer than any recording`)
  const reader = new ByteReader(source.read(0, PREFIX_BYTES), 'prefix')
  if (reader.bytes(4, 'magic').some((byte, i) => byte !== MAGIC[i]))
    throw refused(name, 'does not begin as recordings do')
  const [recording, wire] = [reader.u16('version'), reader.u16('wire')]
  if (recording === RECORDING_VERSION && wire === PROTOCOL_VERSION) return
  const ours = `version ${RECORDING_VERSION} with messages of version ${PROTOCOL_VERSION}`
  throw refused(name, `has version ${recording} with messages of version ${wire}; this program reads ${ours}`)
}

function writeHeader(writer: ByteWriter, header: RecordingHeader): void {
  for (const name of numbers) writer.varint(header[name])
  text.write(writer, header.protocol)
}
const numbers = ['self', 'nodes', 'threads', 'pageBytes', 'heapBytes'] as const

function readHeader(reader: ByteReader): RecordingHeader {
  const self = reader.varint('self', MAX_PROCS - 1) as NodeId
  const nodes = reader.varint('nodes', MAX_PROCS, self + 1)
  const threads = reader.varint('threads', Math.floor(MAX_PROCS / nodes), 1)
  const pageBytes = reader.varint('pageBytes', MAX_PAGE_BYTES, 8)
  const heapBytes = reader.varint('heapBytes', MAX_HEAP_BYTES, pageBytes)
  if (heapBytes % pageBytes !== 0) reader.refuse('heapBytes', `is ${heapBytes}, no multiple of ${pageBytes}`)
  const sizes = { nodes, threads, pageBytes, heapBytes }
  return { self, ...sizes, protocol: text.read(reader, boundsOf(sizes), 'protocol') }
}
