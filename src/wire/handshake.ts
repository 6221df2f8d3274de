/**
 * The handshake: both sides prove that they know the run's secret before a single protocol byte, as a state
 * machine that is fed what arrives and says what to send.
 *
 *   dialer                          listener
 *   HELLO       greeting       →
 *               ←   greeting, mac   CHALLENGE   mac = HMAC(secret, 'listener' ‖ both greetings)
 *   PROOF       mac            →                mac = HMAC(secret, 'dialer' ‖ both greetings)
 *
 * Both greetings hold a fresh nonce, so nothing recorded proves anything later; the role stands in front, so
 * nothing a side has sent proves anything to itself. Everything has a fixed length: no more than a greeting
 * and a mac are ever held of a stranger. Magic and version are judged as they come; what else a greeting says
 * only once its sender has proved the secret, so `error.node` is set only for a proven peer.
 *
 * The listener does not confirm the PROOF. When the dialer sends it, it has the listener's proof, and has
 * compared the same values that the listener will compare; a confirmation could tell it nothing, and would
 * cost a round trip. So frames may follow the PROOF at once, in the same chunk even.
 */
import type { NodeId } from '../core/ids.js'
import { assert, TreadMarksError } from '../errors.js'
import { SECRET_BYTES } from '../limits.js'
import {
  checkGreeting,
  checkMagic,
  checkVersion,
  GREETING_BYTES,
  greetingPrefix,
  readGreeting,
  type Self,
  writeGreeting,
} from './greeting.js'
import { Part } from './part.js'

/** HMAC-SHA-256. */
export type Hmac = (key: Uint8Array, data: Uint8Array) => Uint8Array

export interface HandshakeOptions {
  readonly self: Self
  readonly secret: Uint8Array
  /** Random bytes, NONCE_BYTES of them, for this connection alone. */
  readonly nonce: Uint8Array
  readonly hmac: Hmac
}

/** What to do next. With `error`, send what there is to send, then close. With neither, wait for more. */
export interface HandshakeStep {
  readonly send?: Uint8Array
  /** `rest`: what came behind the handshake, for the FrameSplitter. */
  readonly done?: { readonly peer: NodeId; readonly rest: Uint8Array }
  readonly error?: TreadMarksError
}

export const MAC_BYTES = 32

/** The side that connected; sends `hello` first. */
export class DialerHandshake {
  readonly hello: Uint8Array
  readonly #options: HandshakeOptions
  readonly #peer: NodeId
  readonly #challenge = new Part(GREETING_BYTES + MAC_BYTES, 'challenge')
  #over = false

  constructor(options: HandshakeOptions, peer: NodeId) {
    checkOptions(options)
    this.#options = options
    this.#peer = peer
    this.hello = writeGreeting(options.self, peer, options.nonce)
  }

  feed(chunk: Uint8Array): HandshakeStep {
    assert(!this.#over, 'the handshake is over')
    const step = this.#feed(chunk)
    this.#over = step.done !== undefined || step.error !== undefined
    return step
  }

  /** The connection has ended, or its time is up: what to say of it. */
  cut(): TreadMarksError {
    return this.#challenge.cut()
  }

  #feed(chunk: Uint8Array): HandshakeStep {
    const part = this.#challenge
    const taken = part.take(chunk)
    const stranger = checkMagic(part.bytes) ?? checkVersion(part.bytes)
    if (stranger !== undefined) return { error: stranger }
    if (!part.full) return {}
    // The listener cannot have had the proof yet, and owes nothing before it.
    if (taken < chunk.length) return { error: outOfTurn() }
    const greeting = part.bytes.subarray(0, GREETING_BYTES)
    const mac = part.bytes.subarray(GREETING_BYTES)
    if (!sameBytes(mac, proof(this.#options, 'listener', this.hello, greeting))) return { error: wrongSecret() }
    // Sent even when the sizes differ: the listener will then say the same as we, and not that we vanished.
    const send = proof(this.#options, 'dialer', this.hello, greeting)
    const theirs = readGreeting(greeting)
    const error = checkGreeting(this.#options.self, theirs) ?? this.#checkPeer(theirs.node)
    return error === undefined ? { send, done: { peer: theirs.node, rest: new Uint8Array(0) } } : { send, error }
  }

  #checkPeer(node: NodeId): TreadMarksError | undefined {
    if (node === this.#peer) return undefined
    return new TreadMarksError('ERR_TM_HANDSHAKE', `node ${node} answered where node ${this.#peer} was called`, {
      node,
    })
  }
}

/** The side that was connected to. */
export class ListenerHandshake {
  readonly #options: HandshakeOptions
  readonly #hello = new Part(GREETING_BYTES, 'hello')
  readonly #proof = new Part(MAC_BYTES, 'proof')
  /** Our greeting, once it has been sent. */
  #greeting: Uint8Array | undefined
  #over = false

  constructor(options: HandshakeOptions) {
    checkOptions(options)
    this.#options = options
  }

  feed(chunk: Uint8Array): HandshakeStep {
    assert(!this.#over, 'the handshake is over')
    const step = this.#greeting === undefined ? this.#feedHello(chunk) : this.#feedProof(chunk, this.#greeting)
    this.#over = step.done !== undefined || step.error !== undefined
    return step
  }

  /** The connection has ended, or its time is up: what to say of it. */
  cut(): TreadMarksError {
    return this.#greeting === undefined ? this.#hello.cut() : this.#proof.cut()
  }

  #feedHello(chunk: Uint8Array): HandshakeStep {
    const { self, nonce } = this.#options
    const taken = this.#hello.take(chunk)
    const bytes = this.#hello.bytes
    const stranger = checkMagic(bytes)
    if (stranger !== undefined) return { error: stranger }
    const foreign = checkVersion(bytes)
    // Of another version; by the prefix it learns ours.
    if (foreign !== undefined) return { send: greetingPrefix.slice(), error: foreign }
    if (!this.#hello.full) return {}
    if (taken < chunk.length) return { error: outOfTurn() }
    const greeting = writeGreeting(self, readGreeting(bytes).node, nonce)
    this.#greeting = greeting
    const send = new Uint8Array(GREETING_BYTES + MAC_BYTES)
    send.set(greeting)
    send.set(proof(this.#options, 'listener', bytes, greeting), GREETING_BYTES)
    return { send }
  }

  #feedProof(chunk: Uint8Array, greeting: Uint8Array): HandshakeStep {
    const taken = this.#proof.take(chunk)
    if (!this.#proof.full) return {}
    const hello = this.#hello.bytes
    if (!sameBytes(this.#proof.bytes, proof(this.#options, 'dialer', hello, greeting))) return { error: wrongSecret() }
    const theirs = readGreeting(hello)
    const error = checkGreeting(this.#options.self, theirs)
    if (error !== undefined) return { error }
    return { done: { peer: theirs.node, rest: new Uint8Array(chunk.subarray(taken)) } }
  }
}

function checkOptions({ secret }: HandshakeOptions): void {
  assert(secret.length === SECRET_BYTES, `a run's secret has ${SECRET_BYTES} bytes`)
}

/** Both labels differ in their first byte, and all that follows has a fixed length: no two transcripts are alike. */
function proof({ hmac, secret }: HandshakeOptions, role: 'dialer' | 'listener', hello: Uint8Array, answer: Uint8Array) {
  const transcript = new Uint8Array(role.length + hello.length + answer.length)
  for (let i = 0; i < role.length; i++) transcript[i] = role.charCodeAt(i)
  transcript.set(hello, role.length)
  transcript.set(answer, role.length + hello.length)
  const mac = hmac(secret, transcript)
  assert(mac.length === MAC_BYTES, `an HMAC-SHA-256 has ${MAC_BYTES} bytes`)
  return mac
}

/** In a time that does not depend on where they differ. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < b.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

const wrongSecret = (): TreadMarksError =>
  new TreadMarksError('ERR_TM_HANDSHAKE', "the other side does not know this run's secret")

const outOfTurn = (): TreadMarksError =>
  new TreadMarksError('ERR_TM_HANDSHAKE', 'the other side spoke before it was its turn')
