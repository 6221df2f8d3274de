/**
 * Fuzzed recordings: files that are damaged anywhere, and such whose records are spoilt but have the right checksums,
 * as no accident would leave them. A reader gives steps that have these very bytes, or ERR_TM_RECORDING.
 */
import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import { TreadMarksError } from '../../../src/errors.js'
import type { Random } from '../../../src/sim/random.js'
import { ByteWriter } from '../../../src/wire/bytes.js'
import { RecordingReader } from '../../../src/wire/recording.js'
import { step as stepField } from '../../../src/wire/steps.js'
import { recordEverything, sourceOf } from '../../wire/recorded.js'
import { type Cases, eachCase } from './cases.js'
import { mutate } from './mutations.js'

export interface Harvest {
  /** Steps that were read, spoilt ones among them. */
  steps: number
  /** Recordings that were read to their end. */
  whole: number
  refused: number
}

const PREFIX_BYTES = 8
const FRONT_BYTES = 8
const BACK_BYTES = 4
/** The byte in front of a step. */
const STEP = 2

const recordings = recordEverything()

export function fuzzRecordings(cases: Cases): Harvest {
  const harvest: Harvest = { steps: 0, whole: 0, refused: 0 }
  eachCase(cases, (random) => {
    const bytes = random.pick(recordings)
    const spoilt = random.chance(0.3) ? mutate(bytes, random, random.pick(recordings)) : spoilRecord(bytes, random)
    read(spoilt, harvest)
  })
  return harvest
}

function read(bytes: Uint8Array, harvest: Harvest): void {
  try {
    const reader = new RecordingReader(sourceOf(bytes), crc32)
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      harvest.steps++
      const writer = new ByteWriter()
      stepField.write(writer, next.step)
      // Length, its checksum, the kind, and then the step.
      const from = next.at + FRONT_BYTES + 1
      const body = bytes.subarray(from, from + writer.length)
      assert.ok(Buffer.compare(writer.subarray(), body) === 0, `the step at byte ${next.at} has another encoding`)
    }
    harvest.whole++
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    if (!(error instanceof TreadMarksError && error.code === 'ERR_TM_RECORDING'))
      throw new Error(`not ERR_TM_RECORDING: ${(error as Error).stack}`)
    harvest.refused++
  }
}

/** One record has another body, and the checksums of that. */
function spoilRecord(bytes: Uint8Array, random: Random): Uint8Array {
  const records = recordsOf(bytes)
  const at = random.below(records.length)
  const body = records[at] as Uint8Array
  // The kind of a step is mostly kept.
  const kept = body[0] === STEP && random.chance(0.95) ? 1 : 0
  const spoilt = mutate(body.subarray(kept), random, random.pick(records).subarray(kept))
  records[at] = Uint8Array.of(...body.subarray(0, kept), ...spoilt)
  const writer = new ByteWriter()
  writer.bytes(bytes.subarray(0, PREFIX_BYTES))
  for (const record of records) {
    const front = writer.length
    writer.u32(record.length)
    writer.u32(crc32(writer.subarray(front)))
    writer.bytes(record)
    writer.u32(crc32(record))
  }
  return writer.subarray().slice()
}

/** The bodies. */
function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const records: Uint8Array[] = []
  for (let at = PREFIX_BYTES; at < bytes.length; ) {
    const length = view.getUint32(at, true)
    records.push(bytes.subarray(at + FRONT_BYTES, at + FRONT_BYTES + length))
    at += FRONT_BYTES + length + BACK_BYTES
  }
  return records
}
