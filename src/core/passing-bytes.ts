/**
 * Bytes that are held for a short time, as the diffs that come with a push are until their notice comes. They lie one
 * behind the other in buffers, and a buffer is used again once all that lay in it are gone: memory that is new costs
 * several times what the copy costs. What should stay, against the rule, keeps the one buffer in which it lies.
 */
import { assert } from '../errors.js'

const BUFFER_BYTES = 64 * 1024
/** Of buffers that hold nothing so many are kept: 2 MiB. */
const KEPT_BUFFERS = 32

interface Place {
  readonly bytes: Uint8Array
  taken: number
  /** How many are held here. */
  held: number
}

export class PassingBytes {
  /** Where the next are put. */
  private now: Place | undefined
  private readonly places = new Map<ArrayBufferLike, Place>()
  private readonly empty: Place[] = []

  /** A copy, for as long as it is not let go. */
  hold(bytes: Uint8Array): Uint8Array {
    const place = this.placeFor(bytes.length)
    const copy = place.bytes.subarray(place.taken, place.taken + bytes.length)
    copy.set(bytes)
    place.taken += bytes.length
    place.held++
    return copy
  }

  /** A copy that `hold` gave; it may be overwritten from now on. */
  letGo({ buffer }: Uint8Array): void {
    const place = this.places.get(buffer)
    assert(place !== undefined && place.held > 0, 'bytes are let go that are not held')
    if (--place.held > 0) return
    place.taken = 0
    if (place === this.now) return
    if (place.bytes.length === BUFFER_BYTES && this.empty.length < KEPT_BUFFERS) this.empty.push(place)
    else this.places.delete(buffer)
  }

  private placeFor(length: number): Place {
    const { now } = this
    if (now !== undefined && now.taken + length <= now.bytes.length) return now
    // It has no room though it holds nothing, so it is never let go.
    if (now?.held === 0) this.places.delete(now.bytes.buffer)
    const place = (length <= BUFFER_BYTES ? this.empty.pop() : undefined) ?? this.newPlace(length)
    this.now = place
    return place
  }

  private newPlace(length: number): Place {
    const place = { bytes: new Uint8Array(Math.max(length, BUFFER_BYTES)), taken: 0, held: 0 }
    this.places.set(place.bytes.buffer, place)
    return place
  }
}
