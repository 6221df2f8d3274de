/**
 * A greeting is what each side of a connection says about itself before anything else: who it is, whom it
 * means, the sizes of the run it belongs to, and a nonce. It has one fixed length, and its first six bytes,
 * magic and version, keep their place in every version of the protocol.
 */
import type { NodeId } from '../core/ids.js'
import { assert, TreadMarksError } from '../errors.js'
import { ByteReader, ByteWriter } from './bytes.js'

/** Raised with every change of what goes over the wire. */
export const PROTOCOL_VERSION = 7
export const GREETING_BYTES = 58
export const NONCE_BYTES = 32

const MAGIC = [0x54, 0x4d, 0x52, 0x4b] // TMRK
/** Magic and version: all of a greeting that a node of another version can be expected to understand. */
export const greetingPrefix = Uint8Array.of(...MAGIC, PROTOCOL_VERSION & 0xff, PROTOCOL_VERSION >> 8)

/** A node and the run it belongs to. */
export interface Self {
  readonly node: NodeId
  readonly nodes: number
  readonly threads: number
  readonly pageBytes: number
  readonly heapBytes: number
}

/** What a greeting says; nothing in it is to be believed before its sender has proved the secret. */
export interface Greeting extends Self {
  readonly to: NodeId
}

export function writeGreeting(self: Self, to: NodeId, nonce: Uint8Array): Uint8Array {
  assert(nonce.length === NONCE_BYTES, `a nonce has ${NONCE_BYTES} bytes`)
  const writer = new ByteWriter()
  writer.bytes(greetingPrefix)
  writer.u16(self.node)
  writer.u16(to)
  writer.u32(self.pageBytes)
  writer.u32(self.heapBytes % 2 ** 32)
  writer.u32(Math.floor(self.heapBytes / 2 ** 32))
  writer.u16(self.nodes)
  writer.u16(self.threads)
  writer.bytes(nonce)
  return writer.subarray()
}

/** Of a whole greeting that `checkMagic` and `checkVersion` have passed. */
export function readGreeting(bytes: Uint8Array): Greeting {
  const reader = new ByteReader(bytes, 'greeting')
  reader.bytes(greetingPrefix.length, 'prefix')
  const node = reader.u16('from') as NodeId
  const to = reader.u16('to') as NodeId
  const pageBytes = reader.u32('pageBytes')
  const heapBytes = reader.u32('heapBytes') + reader.u32('heapBytes') * 2 ** 32
  return { node, to, pageBytes, heapBytes, nodes: reader.u16('nodes'), threads: reader.u16('threads') }
}

/** Looks at as much of a greeting as has come: a stranger is known by its first wrong byte. */
export function checkMagic(bytes: Uint8Array): TreadMarksError | undefined {
  for (let i = 0; i < MAGIC.length && i < bytes.length; i++) {
    if (bytes[i] !== MAGIC[i]) return new TreadMarksError('ERR_TM_HANDSHAKE', 'the other side is not a treadmarks node')
  }
  return undefined
}

/** The same for the version, which is known before the rest of the greeting has come. */
export function checkVersion(bytes: Uint8Array): TreadMarksError | undefined {
  if (bytes.length < greetingPrefix.length) return undefined
  const version = (bytes[4] as number) + (bytes[5] as number) * 0x100
  if (version === PROTOCOL_VERSION) return undefined
  return new TreadMarksError(
    'ERR_TM_HANDSHAKE',
    `the other side speaks version ${version} of the protocol, this node version ${PROTOCOL_VERSION}`,
  )
}

/** What keeps two proven nodes from being of one run, or that the wrong ones met; names both sides' values. */
export function checkGreeting(self: Self, theirs: Greeting): TreadMarksError | undefined {
  const refuse = (why: string): TreadMarksError => new TreadMarksError('ERR_TM_HANDSHAKE', why, { node: theirs.node })
  const different = [
    compare('page size', theirs.pageBytes, self.pageBytes, ' bytes'),
    compare('heap', theirs.heapBytes, self.heapBytes, ' bytes'),
    compare('nodes', theirs.nodes, self.nodes),
    compare('threads', theirs.threads, self.threads),
  ].filter((line) => line !== undefined)
  if (different.length > 0) {
    return refuse(`node ${theirs.node} and this node ${self.node} are set up differently: ${different.join('; ')}`)
  }
  if (theirs.to !== self.node) return refuse(`node ${theirs.node} means node ${theirs.to}; this is node ${self.node}`)
  if (theirs.node === self.node) return refuse(`the other side calls itself node ${theirs.node}, which is this node`)
  if (theirs.node >= self.nodes) return refuse(`the other side calls itself node ${theirs.node} of ${self.nodes} nodes`)
  return undefined
}

function compare(name: string, there: number, here: number, unit = ''): string | undefined {
  return there === here ? undefined : `${name} ${there}${unit} there, ${here}${unit} here`
}
