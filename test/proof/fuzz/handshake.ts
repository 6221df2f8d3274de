/**
 * Fuzzed handshakes: a dialer and a listener, and between them somebody without the secret who hears everything,
 * remembers earlier handshakes, and says to either side what he likes: what was meant for it, or a part that is
 * spoilt, old, turned back or out of turn, in chunks of any size. A side may take another for proven only when that
 * other has said the very bytes that it heard, and heard the very bytes that it said.
 */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { nodeId } from '../../../src/core/ids.js'
import { TreadMarksError } from '../../../src/errors.js'
import type { Random } from '../../../src/sim/random.js'
import { GREETING_BYTES, NONCE_BYTES, type Self } from '../../../src/wire/greeting.js'
import {
  DialerHandshake,
  type HandshakeOptions,
  type HandshakeStep,
  type Hmac,
  ListenerHandshake,
  MAC_BYTES,
} from '../../../src/wire/handshake.js'
import { type Cases, eachCase, Tally, withoutNumbers } from './cases.js'
import { mutate } from './mutations.js'

export const hmac: Hmac = (key, data) => createHmac('sha256', key).update(data).digest()

export interface Harvest {
  /** Sides that took the other for proven. */
  proven: number
  /** By the words of the refusal, without its names and numbers. */
  readonly refused: Tally
  /** Sides that were still waiting at the end. */
  waiting: number
}

/** `weakened` takes the place of the HMAC, in a test of the fuzzer. */
export function fuzzHandshakes(cases: Cases, weakened: Hmac = hmac): Harvest {
  const harvest: Harvest = { proven: 0, refused: new Tally(), waiting: 0 }
  eachCase(cases, (random) => new Encounter(random, weakened, harvest).run())
  return harvest
}

/** What he in the middle has heard of handshakes that are over; theirs was the same secret. */
class Memory {
  readonly hellos: Uint8Array[] = []
  readonly challenges: Uint8Array[] = []
  readonly proofs: Uint8Array[] = []

  hear(dialer: DialerHandshake, listener: ListenerHandshake): void {
    const challenge = listener.feed(dialer.hello).send
    const proof = challenge === undefined ? undefined : dialer.feed(challenge).send
    this.hellos.push(dialer.hello)
    if (challenge !== undefined) this.challenges.push(challenge)
    if (proof !== undefined) this.proofs.push(proof)
  }
}

/** One side, and all that it said and heard. */
class Side {
  readonly said: number[] = []
  readonly heard: number[] = []
  end: HandshakeStep | undefined

  constructor(
    readonly self: Self,
    readonly handshake: DialerHandshake | ListenerHandshake,
  ) {}

  /** In chunks; what is behind the end is not fed. */
  feed(bytes: Uint8Array, random: Random): void {
    for (let at = 0; at < bytes.length && this.end === undefined; ) {
      const chunk = bytes.slice(at, at + 1 + random.below(random.pick([1, 30, 100, 400])))
      at += chunk.length
      this.heard.push(...chunk)
      const step = this.handshake.feed(chunk)
      if (step.send !== undefined) this.said.push(...step.send)
      if (step.done !== undefined || step.error !== undefined) this.end = step
      // The buffer is used again.
      chunk.fill(0xee)
    }
  }
}

const PROOF_END = GREETING_BYTES + MAC_BYTES

class Encounter {
  private readonly memory = new Memory()
  private readonly dialer: Side
  private readonly listener: Side
  private readonly greeting: Uint8Array

  constructor(
    private readonly random: Random,
    private readonly weakened: Hmac,
    private readonly harvest: Harvest,
  ) {
    const called = random.chance(0.9) ? 0 : random.below(4)
    const secret = this.bytes(32)
    for (let i = random.below(3); i > 0; i--) {
      const old = new DialerHandshake(this.options(this.self(3), secret), nodeId(0))
      this.memory.hear(old, new ListenerHandshake(this.options(this.self(0), secret)))
    }
    const other = random.chance(0.1) ? this.bytes(32) : secret
    const [dialing, listening] = [this.self(random.chance(0.9) ? 3 : random.below(5)), this.self(0)]
    const dialer = new DialerHandshake(this.options(dialing, secret), nodeId(called))
    this.dialer = new Side(dialing, dialer)
    this.greeting = dialer.hello
    this.dialer.said.push(...dialer.hello)
    this.listener = new Side(listening, new ListenerHandshake(this.options(listening, other)))
  }

  run(): void {
    const { random, dialer, listener } = this
    const honest = random.chance(0.2)
    for (let turns = honest ? 2 : random.between(1, 4); turns > 0; turns--) {
      if (listener.end === undefined) listener.feed(this.forListener(honest), random)
      if (dialer.end === undefined) dialer.feed(this.forDialer(honest), random)
    }
    this.judge(dialer, listener)
  }

  /** What the dialer has said and the listener has not heard, or something else. */
  private forListener(honest: boolean): Uint8Array {
    const meant = Uint8Array.from(this.dialer.said.slice(this.listener.heard.length))
    const { hellos, challenges, proofs } = this.memory
    const own = Uint8Array.from(this.listener.said)
    return this.instead(honest, meant, [...hellos, ...challenges, ...proofs, own, own.subarray(GREETING_BYTES)])
  }

  private forDialer(honest: boolean): Uint8Array {
    const meant = Uint8Array.from(this.listener.said.slice(this.dialer.heard.length))
    const { hellos, challenges, proofs } = this.memory
    const reflected = Uint8Array.from([...this.greeting, ...new Uint8Array(MAC_BYTES)])
    return this.instead(honest, meant, [...challenges, ...proofs, ...hellos, reflected])
  }

  private instead(honest: boolean, meant: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const { random } = this
    if (honest || random.chance(0.6)) return meant
    const other = others[random.below(others.length + 1)] ?? this.bytes(random.below(120))
    switch (random.below(4)) {
      case 0:
        return other
      case 1:
        return mutate(meant, random, other)
      case 2:
        return Uint8Array.from([...meant, ...other])
      default:
        return meant.subarray(0, random.below(meant.length + 1))
    }
  }

  private judge(dialer: Side, listener: Side): void {
    assert.ok(dialer.said.length <= GREETING_BYTES + MAC_BYTES, 'the dialer said too much')
    assert.ok(listener.said.length <= PROOF_END, 'the listener said too much')
    // The hello and the challenge that each side went by.
    const hellos = [dialer.said.slice(0, GREETING_BYTES), listener.heard.slice(0, GREETING_BYTES)]
    const challenges = [dialer.heard.slice(0, PROOF_END), listener.said.slice(0, PROOF_END)]
    const same = String(hellos[0]) === String(hellos[1]) && String(challenges[0]) === String(challenges[1])
    this.judgeSide(dialer, listener, same)
    const proof = String(dialer.said.slice(GREETING_BYTES)) === String(listener.heard.slice(GREETING_BYTES, PROOF_END))
    this.judgeSide(listener, dialer, same && proof && dialer.said.length === PROOF_END)
  }

  /** `proven`: the other has proved to this side that it knows the secret. */
  private judgeSide(side: Side, other: Side, proven: boolean): void {
    const { end, handshake } = side
    if (end === undefined) {
      this.harvest.waiting++
      this.refusal(handshake.cut())
      return
    }
    if (end.done === undefined) {
      assert.ok(end.error !== undefined)
      this.refusal(end.error)
      const { node, message } = end.error
      assert.ok(node === undefined || proven, `somebody is blamed who has proved nothing: ${message}`)
      assert.ok(node === undefined || node === other.self.node, message)
      return
    }
    assert.ok(proven, 'somebody was let in who has proved nothing')
    assert.equal(end.done.peer, other.self.node)
    assert.equal(other.self.heapBytes, side.self.heapBytes)
    this.harvest.proven++
  }

  private refusal(error: TreadMarksError): void {
    assert.ok(error instanceof TreadMarksError && error.code === 'ERR_TM_HANDSHAKE', String(error))
    this.harvest.refused.add(withoutNumbers(error.message))
  }

  private self(node: number): Self {
    const { random } = this
    const odd = random.chance(0.05)
    return { node: nodeId(node), nodes: 4, threads: 1, pageBytes: 4096, heapBytes: odd ? 65_536 : 2 ** 32 }
  }

  private options(self: Self, secret: Uint8Array): HandshakeOptions {
    return { self, secret, nonce: this.bytes(NONCE_BYTES), hmac: this.weakened }
  }

  private bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.random.below(256))
  }
}
