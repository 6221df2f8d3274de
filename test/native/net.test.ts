/** Sockets of the addon, on loopback; and that wrong arguments are exceptions. */
import assert from 'node:assert/strict'
import { readFileSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { test } from 'node:test'
import { addon } from './heap.js'
import { wasm } from './webassembly.js'

const native = addon()
const { EAGAIN, ECONNREFUSED, EINPROGRESS, EPIPE, ECONNRESET, EADDRINUSE, EINVAL, EBADF } = constants.errno
const POLLIN = 1
const POLLOUT = 4

/** Polls until `fd` has one of the events. */
function ready(fd: number, events: number): number {
  const fds = Int32Array.of(fd, events, 0)
  for (let i = 0; i < 100; i++) if (native.poll(fds, 1, 1000) === 1) return fds[2] as number
  throw new Error(`nothing happens on ${fd}`)
}

function pair(address: string): { listener: number; client: number; server: number } {
  const { fd: listener, port } = native.listen(address, 0)
  assert.ok(port > 0)
  assert.equal(native.accept(listener), -EAGAIN)
  const client = native.connect(address, port)
  assert.ok(client >= 0)
  assert.equal(ready(listener, POLLIN), POLLIN)
  const server = native.accept(listener)
  assert.ok(server >= 0)
  ready(client, POLLOUT)
  assert.equal(native.connectResult(client), 0)
  return { listener, client, server }
}

const closeAll = (fds: object): void => {
  for (const fd of Object.values(fds) as number[]) native.close(fd)
}

function canListen(address: string): boolean {
  try {
    native.close(native.listen(address, 0).fd)
    return true
  } catch {
    return false
  }
}

for (const address of ['127.0.0.1', '::1']) {
  test(`bytes go both ways over ${address}`, { skip: !canListen(address) && 'no such interface here' }, () => {
    const fds = pair(address)
    const { client, server } = fds
    const bytes = new Uint8Array(100)
    assert.equal(native.recv(server, bytes, 0, 100), -EAGAIN)
    assert.equal(native.send(client, Uint8Array.of(1, 2, 3, 4, 5), 1, 3), 3)
    assert.equal(ready(server, POLLIN), POLLIN)
    assert.equal(native.recv(server, bytes, 10, 90), 3)
    assert.deepEqual([...bytes.subarray(9, 14)], [0, 2, 3, 4, 0])
    assert.equal(native.send(server, bytes, 10, 1), 1)
    ready(client, POLLIN)
    assert.equal(native.recv(client, bytes, 0, 1), 1)
    native.close(client)
    ready(server, POLLIN)
    assert.equal(native.recv(server, bytes, 0, 100), 0)
    closeAll({ ...fds, client: server, server: fds.listener })
  })
}

test('a full socket says so and never blocks; a closed one raises no signal', () => {
  const { listener, client, server } = pair('127.0.0.1')
  const chunk = new Uint8Array(1 << 20)
  let sent = 0
  for (;;) {
    const result = native.send(client, chunk, 0, chunk.length)
    if (result < 0) {
      assert.equal(result, -EAGAIN)
      break
    }
    sent += result
  }
  assert.ok(sent > 0)
  native.close(server)
  let result = 0
  for (let i = 0; i < 100 && result !== -EPIPE; i++) {
    result = native.send(client, chunk, 0, 1)
    if (result === -EAGAIN) ready(client, POLLOUT)
  }
  assert.ok([-EPIPE, -ECONNRESET].includes(result))
  native.close(client)
  native.close(listener)
})

test('a refused connection is told', () => {
  const { fd, port } = native.listen('127.0.0.1', 0)
  native.close(fd)
  const client = native.connect('127.0.0.1', port)
  if (client < 0) {
    assert.equal(client, -ECONNREFUSED)
    return
  }
  ready(client, POLLOUT)
  assert.equal(native.connectResult(client), -ECONNREFUSED)
  native.close(client)
})

test('a connection under way is told', () => {
  const { fd } = native.listen('127.0.0.1', 0)
  // A listener is no connection, and asking one is the nearest to a connection that takes long.
  assert.equal(native.connectResult(fd), -EINPROGRESS)
  native.close(fd)
  assert.equal(native.connectResult(fd), -EBADF)
})

test('listen throws with errno', () => {
  const { fd, port } = native.listen('127.0.0.1', 0)
  assert.throws(() => native.listen('127.0.0.1', port), { errno: -EADDRINUSE, syscall: 'listen' })
  assert.throws(() => native.listen('not an address', 0), { errno: -EINVAL })
  assert.equal(native.connect('not an address', 1), -EINVAL)
  native.close(fd)
})

test('every descriptor is closed on exec, non-blocking, and sends at once', () => {
  const fds = pair('127.0.0.1')
  for (const fd of Object.values(fds)) {
    assert.match(readlinkSync(`/proc/self/fd/${fd}`), /^socket:/)
    const flags = Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8)
    assert.equal(flags & 0o2000000, 0o2000000)
    assert.equal(flags & 0o4000, 0o4000)
  }
  closeAll(fds)
})

test('poll tells of several descriptors and leaves the others at zero', () => {
  const fds = pair('127.0.0.1')
  native.send(fds.client, Uint8Array.of(1), 0, 1)
  ready(fds.server, POLLIN)
  const triples = Int32Array.of(fds.listener, POLLIN, 77, fds.server, POLLIN, 0, fds.client, POLLOUT, 0)
  assert.equal(native.poll(triples, 3, 1000), 2)
  assert.deepEqual([triples[2], triples[5], triples[8]], [0, POLLIN, POLLOUT])
  closeAll(fds)
})

test('wrong arguments are exceptions', () => {
  const wrong = (run: (...args: never[]) => unknown, ...args: unknown[]): (() => unknown) => {
    const call = run as (...args: unknown[]) => unknown
    return () => call(...args)
  }
  const bytes = new Uint8Array(10)
  assert.throws(wrong(native.send, 1), TypeError)
  assert.throws(wrong(native.send, 1, [1], 0, 1), TypeError)
  assert.throws(wrong(native.send, 1, new Uint16Array(10), 0, 1), TypeError)
  assert.throws(wrong(native.send, 1, bytes, 0, 11), RangeError)
  assert.throws(wrong(native.send, 1, bytes, 11, 0), RangeError)
  assert.throws(wrong(native.send, 1, bytes, -1, 1), RangeError)
  assert.throws(wrong(native.recv, 1, bytes, 4, 7), RangeError)
  assert.throws(wrong(native.recv, -1, bytes, 0, 1), RangeError)
  assert.throws(wrong(native.recv, 1.5, bytes, 0, 1), RangeError)
  assert.throws(wrong(native.recv, Number.NaN, bytes, 0, 1), RangeError)
  assert.throws(wrong(native.listen, '127.0.0.1', 65_536), RangeError)
  assert.throws(wrong(native.listen, 'x'.repeat(1000), 1), TypeError)
  assert.throws(wrong(native.poll, new Int32Array(3), 2, 0), RangeError)
  assert.throws(wrong(native.poll, new Int32Array(9999), 2000, 0), RangeError)
  assert.throws(wrong(native.call, new Int32Array(1), 1), RangeError)
  assert.throws(wrong(native.answer, new Float64Array(1), 0), TypeError)
  assert.throws(wrong(native.exitNow, 256), RangeError)
})

test('without a heap its operations are exceptions', () => {
  assert.throws(() => native.closeInterval(new Uint32Array(1), true), /no heap/)
  assert.throws(() => native.pageState(0), /no heap/)
  assert.equal(native.takeMiss(), -1)
  const memory = new Uint8Array(new wasm.Memory({ initial: 1, maximum: 1, shared: true }).buffer)
  assert.throws(() => native.heapCreate(memory.subarray(8), 4096, true, 100), /aligned/)
  assert.throws(() => native.heapCreate(memory, 5000, true, 100), /multiple/)
  assert.throws(() => native.heapCreate(memory, 131_072, true, 100), /whole pages/)
  assert.throws(() => native.heapCreate(memory, 4096, true, 0), RangeError)
  assert.equal(native.machinePageBytes() % 4096, 0)
})
