/** Locks, condition variables and plain messages: what the contract says of them, sentence by sentence. */
import assert from 'node:assert/strict'
import { ends, holds } from './sentence.js'

holds(
  'locks are exclusive',
  `const count = tm.alloc(Int32Array, 1)
   for (let i = 0; i < 200; i++) { tm.lockAcquire(4); count[0]++; tm.lockRelease(4) }
   tm.barrier(); assert.equal(count[0], n * 200)`,
  { nodes: 3 },
)
holds(
  'locks are first come, first served',
  `// Process 0 holds it; the others ask one after the other, each when the one before has had time to be heard.
   const order = tm.alloc(Int32Array, n + 1)
   if (me === 0) tm.lockAcquire(0)
   tm.barrier()
   const turn = [3, 1, 2].indexOf(me)
   if (me !== 0) {
     await new Promise((go) => setTimeout(go, 150 * turn))
     tm.lockAcquire(0); order[++order[0]] = me; tm.lockRelease(0)
   } else { await new Promise((go) => setTimeout(go, 700)); tm.lockRelease(0) }
   tm.barrier(); assert.deepEqual([...order.subarray(1, 4)], [3, 1, 2])`,
  { nodes: 4 },
)
holds(
  'any id from 0 to 2³²-1',
  `for (const id of [0, 1, 2 ** 31, 2 ** 32 - 1]) tm.withLock(id, () => 0)
   for (const id of [-1, 2 ** 32, 1.5, '1', null]) fails('ERR_TM_ARGUMENT', /id must be an integer/, () => tm.lockAcquire(id))`,
)
holds(
  'tryLock takes a lock that nobody holds, and does not wait for one that somebody holds',
  `if (me === 0) assert.equal(tm.tryLock(1), true)
   tm.barrier()
   if (me === 1) assert.equal(tm.tryLock(1), false)
   tm.barrier()
   if (me === 0) tm.lockRelease(1)
   tm.barrier()
   if (me === 1) { assert.equal(tm.tryLock(1), true); tm.lockRelease(1) }`,
)
holds(
  'acquiring twice throws',
  `tm.lockAcquire(me)
   fails('ERR_TM_LOCK_HELD', /acquires lock/, () => tm.lockAcquire(me))
   fails('ERR_TM_LOCK_HELD', /acquires lock/, () => tm.tryLock(me))
   fails('ERR_TM_LOCK_HELD', /acquires lock/, () => tm.withLock(me, () => 0))
   tm.lockRelease(me)`,
)
holds(
  'releasing what you do not hold throws, whoever holds it',
  `fails('ERR_TM_LOCK_NOT_HELD', /releases lock 9/, () => tm.lockRelease(9))
   if (me === 0) tm.lockAcquire(9)
   tm.barrier()
   if (me === 1) fails('ERR_TM_LOCK_NOT_HELD', /process 1 releases lock 9, which it does not hold/, () => tm.lockRelease(9))
   tm.barrier()
   if (me === 0) tm.lockRelease(9)`,
)
holds(
  'withLock with an async function throws, and the lock is free again',
  `fails('ERR_TM_LOCK_ASYNC', /async function/, () => tm.withLock(2, async () => 1))
   tm.barrier(); assert.equal(tm.withLock(2, () => 'value'), 'value')`,
)
ends('a lock that is never released is an error at the end', `if (me === 1) tm.lockAcquire(77)`, ({ code, stderr }) => {
  assert.equal(code, 1)
  assert.match(stderr, /^treadmarks: process 1 \(node 1\): the program ended holding lock 77\n {2}ERR_TM_LOCK_AT_END: /)
})
holds(
  'condWait: the lock must be held; waiting releases it and takes it again',
  `const flag = tm.alloc(Int32Array, 2)
   fails('ERR_TM_LOCK_NOT_HELD', /does not hold/, () => tm.condWait(1, 1))
   if (me === 0) {
     tm.lockAcquire(1)
     while (flag[0] === 0) tm.condWait(1, 1)
     fails('ERR_TM_LOCK_HELD', /holds/, () => tm.lockAcquire(1))
     flag[1] = 1
     tm.lockRelease(1)
   } else {
     for (let done = false; !done; ) tm.withLock(1, () => { flag[0] = 1; tm.condSignal(1, 1); done = true })
   }
   tm.barrier(); assert.equal(flag[1], 1)`,
)
holds(
  'condSignal wakes one, condBroadcast all; both need the lock',
  `const state = tm.alloc(Int32Array, 3)
   fails('ERR_TM_LOCK_NOT_HELD', /does not hold/, () => tm.condSignal(1, 1))
   fails('ERR_TM_LOCK_NOT_HELD', /does not hold/, () => tm.condBroadcast(1, 1))
   const until = (test) => { for (;;) if (tm.withLock(1, test)) return }
   if (me > 0) tm.withLock(1, () => {
     state[0]++
     tm.condWait(1, 1)
     state[1]++
     tm.condWait(1, 2)
     state[2]++
   })
   else {
     until(() => state[0] === n - 1)
     for (let i = 1; i < n; i++) { tm.withLock(1, () => tm.condSignal(1, 1)); until(() => state[1] === i) }
     tm.withLock(1, () => tm.condBroadcast(1, 2))
     until(() => state[2] === n - 1)
   }`,
  { nodes: 4 },
)
holds(
  'send, recv: plain messages between processes in order',
  `for (let i = 0; i < 20; i++) for (let to = 0; to < n; to++) tm.send(to, Uint8Array.of(me, i))
   for (let from = 0; from < n; from++) for (let i = 0; i < 20; i++) {
     const bytes = tm.recv(from)
     assert.ok(bytes instanceof Uint8Array)
     assert.deepEqual([...bytes], [from, i])
   }`,
  { nodes: 3 },
)
holds(
  'messages carry no memory consistency',
  `const words = tm.alloc(Int32Array, 2048)
   if (me === 1) assert.equal(words[0], 0)
   tm.barrier()
   if (me === 0) { words[0] = 1; tm.send(1, new Uint8Array(1)) }
   else { tm.recv(0); assert.equal(words[0], 0, 'a message is no acquire') }
   tm.barrier(); assert.equal(words[0], 1)`,
)
