/** The handshake: whom it lets in, whom it does not, and what each side then says. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { nodeId } from '../../src/core/ids.js'
import { TreadMarksError } from '../../src/errors.js'
import { GREETING_BYTES, NONCE_BYTES, PROTOCOL_VERSION, type Self } from '../../src/wire/greeting.js'
import {
  DialerHandshake,
  type HandshakeOptions,
  type HandshakeStep,
  type Hmac,
  ListenerHandshake,
  MAC_BYTES,
} from '../../src/wire/handshake.js'
import { refused } from './encoded.js'
import { runs } from './generators.js'

const hmac: Hmac = (key, data) => createHmac('sha256', key).update(data).digest()
const secret = new Uint8Array(32).fill(7)
const otherSecret = new Uint8Array(32).fill(7, 0, 31)
const self = (node: number, change: Partial<Self> = {}): Self => ({
  node: nodeId(node),
  nodes: 4,
  threads: 2,
  pageBytes: 4096,
  heapBytes: 4 * 1024 ** 3,
  ...change,
})

let nonces = 0
/** A new nonce each time, the same in every run of the test. */
const options = (node: number, change: Partial<Self> = {}, key = secret): HandshakeOptions => ({
  self: self(node, change),
  secret: key,
  nonce: Uint8Array.from({ length: NONCE_BYTES }, (_, i) => (i < 4 ? ++nonces >> (8 * i) : i)),
  hmac,
})
const dialer = (...args: Parameters<typeof options>): DialerHandshake =>
  new DialerHandshake(options(...args), nodeId(0))
const listener = (...args: Parameters<typeof options>): ListenerHandshake => new ListenerHandshake(options(...args))

const sent = (step: HandshakeStep): Uint8Array => {
  assert.ok(step.send !== undefined, step.error?.message ?? 'nothing was sent')
  return step.send
}

/** Both sides against each other, each fed what the other sends. */
function meet(dial: DialerHandshake, listen: ListenerHandshake): { dialed: HandshakeStep; heard: HandshakeStep } {
  const answer = listen.feed(dial.hello)
  const dialed = dial.feed(sent(answer))
  return { dialed, heard: answer.error === undefined ? listen.feed(sent(dialed)) : answer }
}

function fails(step: HandshakeStep, message: RegExp): TreadMarksError {
  assert.equal(step.done, undefined)
  assert.ok(step.error instanceof TreadMarksError, 'no error')
  assert.equal(step.error.code, 'ERR_TM_HANDSHAKE')
  assert.match(step.error.message, message)
  return step.error
}

test('two nodes of one run find each other', () => {
  const { dialed, heard } = meet(dialer(3), listener(0))
  assert.deepEqual(dialed.done, { peer: 0, rest: new Uint8Array(0) })
  assert.deepEqual(heard.done, { peer: 3, rest: new Uint8Array(0) })
  assert.equal(dialed.error, undefined)
  assert.equal(heard.error, undefined)
})

test('all that is sent has a fixed length', () => {
  const [dial, listen] = [dialer(3), listener(0)]
  assert.equal(dial.hello.length, GREETING_BYTES)
  const challenge = sent(listen.feed(dial.hello))
  assert.equal(challenge.length, GREETING_BYTES + MAC_BYTES)
  assert.equal(sent(dial.feed(challenge)).length, MAC_BYTES)
})

test('chunks of any size do, and what follows the proof is kept', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 })
  const property = fc.property(sizes, fc.uint8Array({ maxLength: 50 }), (cuts, frames) => {
    const [dial, listen] = [dialer(3), listener(0)]
    const pour = (bytes: Uint8Array, feed: (chunk: Uint8Array) => HandshakeStep): HandshakeStep => {
      let last: HandshakeStep = {}
      for (let at = 0, i = 0; at < bytes.length && last.done === undefined; i++) {
        const chunk = bytes.slice(at, at + (cuts[i % cuts.length] as number))
        last = feed(chunk)
        at += chunk.length
        if (at < bytes.length && last.done === undefined) assert.deepEqual(last, {})
        // The receive buffer is used again; what is kept must not change with it.
        chunk.fill(0)
        if (last.done !== undefined) seen = at
      }
      return last
    }
    let seen = 0
    const challenge = sent(pour(dial.hello, (chunk) => listen.feed(chunk)))
    const proof = pour(challenge, (chunk) => dial.feed(chunk))
    assert.equal(proof.done?.peer, 0)
    const end = pour(Uint8Array.of(...sent(proof), ...frames), (chunk) => listen.feed(chunk))
    assert.equal(end.done?.peer, 3)
    assert.deepEqual(end.done?.rest, frames.slice(0, seen - MAC_BYTES))
  })
  fc.assert(property, runs(200))
})

test('byte by byte', () => {
  const [dial, listen] = [dialer(3), listener(0)]
  const trickle = (bytes: Uint8Array, feed: (chunk: Uint8Array) => HandshakeStep): HandshakeStep => {
    for (const byte of bytes.subarray(0, -1)) assert.deepEqual(feed(Uint8Array.of(byte)), {})
    return feed(bytes.subarray(-1))
  }
  const challenge = sent(trickle(dial.hello, (chunk) => listen.feed(chunk)))
  const proof = trickle(challenge, (chunk) => dial.feed(chunk))
  assert.equal(trickle(sent(proof), (chunk) => listen.feed(chunk)).done?.peer, 3)
})

describe('another secret', () => {
  test('the dialer finds out first, and proves nothing', () => {
    const step = dialer(3).feed(sent(listener(0, {}, otherSecret).feed(dialer(3).hello)))
    assert.equal(fails(step, /does not know this run's secret/).node, undefined)
    assert.equal(step.send, undefined)
  })

  test('a dialer that goes on all the same is refused', () => {
    const [dial, listen] = [dialer(3), listener(0)]
    listen.feed(dial.hello)
    for (const proof of [new Uint8Array(MAC_BYTES), hmac(otherSecret, dial.hello)]) {
      const again = listener(0)
      again.feed(dial.hello)
      assert.equal(fails(again.feed(proof), /does not know this run's secret/).node, undefined)
    }
  })

  test('neither message nor remedy shows any of it', () => {
    const error = fails(dialer(3).feed(sent(listener(0, {}, otherSecret).feed(dialer(3).hello))), /secret/)
    for (const key of [secret, otherSecret]) {
      assert.ok(!`${error.message} ${error.remedy}`.includes(Buffer.from(key).toString('hex').slice(0, 8)))
    }
  })

  test('a setup that differs as well is not spoken of', () => {
    const other = listener(0, { heapBytes: 65_536 }, otherSecret)
    const dial = dialer(3)
    fails(dial.feed(sent(other.feed(dial.hello))), /secret/)
  })
})

test('every flipped bit of every part is noticed', () => {
  const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
    const flipped = bytes.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    return flipped
  }
  for (let bit = 0; bit < GREETING_BYTES * 8; bit++) {
    const [dial, listen] = [dialer(3), listener(0)]
    const answer = listen.feed(flip(dial.hello, bit))
    if (answer.error !== undefined) continue
    fails(dial.feed(sent(answer)), /secret/)
  }
  for (let bit = 0; bit < (GREETING_BYTES + MAC_BYTES) * 8; bit++) {
    const [dial, listen] = [dialer(3), listener(0)]
    const step = dial.feed(flip(sent(listen.feed(dial.hello)), bit))
    fails(step, /./)
    assert.equal(step.send, undefined)
  }
  for (let bit = 0; bit < MAC_BYTES * 8; bit++) {
    const [dial, listen] = [dialer(3), listener(0)]
    fails(listen.feed(flip(sent(dial.feed(sent(listen.feed(dial.hello)))), bit)), /secret/)
  }
})

describe('strangers', () => {
  test('garbage is known by its first byte, and gets no answer', () => {
    for (const side of [listener(0), dialer(3)]) {
      const step = side.feed(Uint8Array.from(Buffer.from('GET / HTTP/1.1\r\n\r\n')))
      fails(step, /not a treadmarks node/)
      assert.equal(step.send, undefined)
    }
    fails(listener(0).feed(Uint8Array.of(0)), /not a treadmarks node/)
    fails(listener(0).feed(new Uint8Array(100_000)), /not a treadmarks node/)
    fails(listener(0).feed(Uint8Array.from(Buffer.from('TMRX'))), /not a treadmarks node/)
  })

  test('random bytes never do anything but fail or wait', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, magic) => {
      const begin = magic ? [0x54, 0x4d, 0x52, 0x4b, PROTOCOL_VERSION, 0] : []
      for (const side of [listener(0), dialer(3)]) {
        const step = side.feed(Uint8Array.of(...begin, ...bytes))
        assert.equal(step.done, undefined)
        if (step.error !== undefined) assert.equal(step.error.code, 'ERR_TM_HANDSHAKE')
      }
    })
    fc.assert(property, runs(500))
  })

  test('nothing, and half: the handshake waits, and can say for what', () => {
    const listen = listener(0)
    assert.deepEqual(listen.feed(new Uint8Array(0)), {})
    assert.match(listen.cut().message, /0 of the 58 bytes of its hello/)
    const dial = dialer(3)
    assert.deepEqual(listen.feed(dial.hello.subarray(0, 30)), {})
    assert.match(listen.cut().message, /30 of the 58 bytes of its hello/)
    const challenge = sent(listen.feed(dial.hello.subarray(30)))
    assert.match(listen.cut().message, /0 of the 32 bytes of its proof/)
    assert.deepEqual(dial.feed(challenge.subarray(0, 89)), {})
    assert.match(dial.cut().message, /89 of the 90 bytes of its challenge/)
    assert.equal(dial.cut().code, 'ERR_TM_HANDSHAKE')
  })

  test('who speaks before its turn is refused', () => {
    fails(listener(0).feed(Uint8Array.of(...dialer(3).hello, 0)), /before it was its turn/)
    const [dial, listen] = [dialer(3), listener(0)]
    fails(dial.feed(Uint8Array.of(...sent(listen.feed(dial.hello)), 0)), /before it was its turn/)
  })
})

describe('what was recorded proves nothing', () => {
  test('replay of a dialer', () => {
    const [dial, listen] = [dialer(3), listener(0)]
    const proof = sent(dial.feed(sent(listen.feed(dial.hello))))
    assert.equal(listen.feed(proof).done?.peer, 3)
    const again = listener(0)
    again.feed(dial.hello)
    fails(again.feed(proof), /secret/)
  })

  test('replay of a listener', () => {
    const [dial, listen] = [dialer(3), listener(0)]
    const challenge = sent(listen.feed(dial.hello))
    assert.equal(dial.feed(challenge).done?.peer, 0)
    fails(dialer(3).feed(challenge), /secret/)
  })

  test('reflection: a dialer does not believe its own greeting', () => {
    const dial = dialer(3)
    fails(dial.feed(Uint8Array.of(...dial.hello, ...new Uint8Array(MAC_BYTES))), /secret/)
  })

  test("reflection: a listener does not take its own proof for the dialer's", () => {
    const listen = listener(0)
    const challenge = sent(listen.feed(dialer(3).hello))
    fails(listen.feed(challenge.subarray(GREETING_BYTES)), /secret/)
  })

  test('reflection: a node that is made to listen to itself does not let itself in', () => {
    const dial = new DialerHandshake(options(3), nodeId(0))
    const { dialed, heard } = meet(dial, listener(3))
    fails(dialed, /calls itself node 3, which is this node/)
    fails(heard, /means node 0; this is node 3/)
  })
})

describe('nodes that do not fit together', () => {
  test('versions: both sides name both', () => {
    const hello = dialer(3).hello.slice()
    hello[4] = 9
    hello[5] = 1
    const listen = listener(0)
    const answer = listen.feed(hello)
    fails(answer, new RegExp(`version 265 of the protocol, this node version ${PROTOCOL_VERSION}$`))
    assert.equal(sent(answer).length, 6)
    const foreign = sent(answer).slice()
    foreign[4] = 77
    fails(dialer(3).feed(foreign), new RegExp(`version 77 of the protocol, this node version ${PROTOCOL_VERSION}$`))
  })

  const different: [Partial<Self>, RegExp, RegExp][] = [
    [
      { pageBytes: 8192 },
      /page size 8192 bytes there, 4096 bytes here$/,
      /page size 4096 bytes there, 8192 bytes here$/,
    ],
    [
      { heapBytes: 65_536 },
      /heap 65536 bytes there, 4294967296 bytes here$/,
      /heap 4294967296 bytes there, 65536 bytes here$/,
    ],
    [{ nodes: 5 }, /nodes 5 there, 4 here$/, /nodes 4 there, 5 here$/],
    [{ threads: 1 }, /threads 1 there, 2 here$/, /threads 2 there, 1 here$/],
    [{ nodes: 5, threads: 1 }, /nodes 5 there, 4 here; threads 1 there, 2 here$/, /nodes 4 there, 5 here; threads 2/],
  ]
  for (const [change, atDialer, atListener] of different) {
    test(`${Object.keys(change).join(' and ')}: both sides name both`, () => {
      const { dialed, heard } = meet(dialer(3), listener(0, change))
      assert.equal(fails(dialed, atDialer).node, 0)
      assert.equal(fails(heard, atListener).node, 3)
      assert.match(dialed.error?.message ?? '', /^node 0 and this node 3 are set up differently/)
    })
  }

  test('another node than the one called', () => {
    const { dialed, heard } = meet(dialer(3), listener(2))
    fails(dialed, /node 2 answered where node 0 was called/)
    fails(heard, /node 3 means node 0; this is node 2/)
  })

  test('a node beyond the run', () => {
    const { heard } = meet(dialer(4), listener(0))
    fails(heard, /calls itself node 4 of 4 nodes/)
  })
})

test('a handshake that is over takes no more, and one without its due is not begun', () => {
  const listen = listener(0)
  fails(listen.feed(Uint8Array.of(1)), /not a treadmarks node/)
  refused(() => listen.feed(Uint8Array.of(1)), /over/, 'ERR_TM_INTERNAL')
  refused(() => listener(0, {}, new Uint8Array(31)), /secret has 32 bytes/, 'ERR_TM_INTERNAL')
  const short = { ...options(3), nonce: new Uint8Array(16) }
  refused(() => new DialerHandshake(short, nodeId(0)), /nonce has 32 bytes/, 'ERR_TM_INTERNAL')
})
