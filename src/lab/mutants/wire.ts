/** Bugs in the bytes of messages and frames: src/wire. */
import { type Mutant, simulated } from './mutant.js'

const bytes = simulated('src/wire/bytes.ts', [
  {
    name: 'varint-of-two-bytes',
    about: 'Numbers from 16,384 on lose what does not fit into two bytes, which no small test has.',
    find: `while (rest >= 0x80) {
      bytes[at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    bytes[at++] = rest`,
    replace: `if (rest >= 0x80) {
      bytes[at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    bytes[at++] = rest % 0x80`,
  },
  {
    name: 'bytes-not-copied',
    about: 'What was read is a view of the receive buffer, which the next piece of a frame overwrites.',
    find: 'return this.#views ? part : new Uint8Array(part)',
    replace: 'return part',
  },
])

const riders = simulated('src/wire/rider.ts', [
  {
    name: 'difference-with-a-wrong-sign',
    about: 'An entry that is smaller than its base is read as larger.',
    find: 'from + token / 2 : from - (token + 1) / 2',
    replace: 'from + token / 2 : from + (token + 1) / 2',
  },
  {
    name: 'difference-from-a-wrong-base',
    about: "An interval's time is read against the rider's time, and not against the interval before it.",
    find: 'base = interval.time\n      notices +=',
    replace: 'notices +=',
  },
  {
    name: 'zeros-one-too-many',
    about: 'A run of zeros is read one entry too long when it is longer than two.',
    find: 'i += reader.varint(name, nodes - 1 - i)',
    replace:
      'const more = reader.varint(name, nodes - 1 - i)\n    i += more > 1 && i + more < nodes - 1 ? more + 1 : more',
  },
  {
    name: 'gap-between-pages',
    about: 'The gap between two runs of pages is counted from the last page of the first run, but read from behind it.',
    find: 'writer.varint(page - end)',
    replace: 'writer.varint(end === 0 ? page : page - end + 1)',
  },
  {
    name: 'run-of-pages-cut',
    about: 'A run of pages is read without its last page when it has four pages or more.',
    find: 'for (let next = page; next < end; next++)',
    replace: 'for (let next = page; next < (end - page > 3 ? end - 1 : end); next++)',
  },
])

const frames = simulated('src/wire/frame.ts', [
  {
    name: 'held-bytes-cut',
    about: 'A frame in pieces loses a byte of what it has when its buffer grows.',
    find: 'grown.set(this.#held.subarray(0, this.#heldBytes))',
    replace: 'grown.set(this.#held.subarray(0, Math.max(0, this.#heldBytes - 1)))',
  },
  {
    name: 'glued-frames',
    about: 'When a frame that came in pieces is complete, the rest of the chunk is forgotten with it.',
    find: 'this.#heldBytes = 0\n    if (this.#held.length > KEPT_BYTES)',
    replace: 'this.#heldBytes = 0\n    this.#at = this.#chunk.length\n    if (this.#held.length > KEPT_BYTES)',
  },
])

const codec = simulated('src/wire/codec.ts', [
  {
    name: 'used-not-told',
    about: 'The answer to malloc always says that the memory is new: a field that is written before it is known.',
    find: 'used: flag, free: heapBytes',
    replace: 'used: { ...flag, write: (writer) => flag.write(writer, false) }, free: heapBytes',
  },
])

export const wire: readonly Mutant[] = [...bytes, ...riders, ...frames, ...codec]
