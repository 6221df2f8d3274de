/** Where room on the stack was found, so much is really there: cold, and when V8 has optimized all of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Binding } from '../../src/runtime/binding.js'
import { mustHaveRoom, roomToRelease } from '../../src/runtime/stack-room.js'

const nothing = (): void => {}

/** As a call of ours: optimized, it is one function with what it calls, unless that must not be inlined. */
const asks = (room: () => void, effect: { count: number }): void => {
  room()
  effect.count++
}

/**
 * From the end of the stack upward, until there is room: whether so many bytes can be taken then. Arguments lie on the
 * stack, and V8 looks whether they find room there.
 */
function foundWith(room: () => void, bytes: number): boolean {
  const effect = { count: 0 }
  const words = new Array<number>(bytes / 8).fill(0)
  let enough: boolean | undefined
  const down = (): void => {
    try {
      down()
    } catch {}
    if (enough !== undefined) return
    asks(room, effect)
    enough = fits(words)
  }
  down()
  return enough === true
}

function fits(words: readonly number[]): boolean {
  try {
    Reflect.apply(nothing, undefined, words)
    return true
  } catch {
    return false
  }
}

test('roomToRelease: 1280 bytes, cold and hot', () => {
  const effect = { count: 0 }
  // What the frames of this test take themselves is not more than the rest.
  const sure = 1280 - 256
  // V8 takes much to compile what has not run yet.
  fits([])
  for (let round = 0; round < 8; round++) {
    assert.ok(foundWith(roomToRelease, sure), `round ${round}`)
    assert.ok(!foundWith(nothing, sure), 'the test can tell')
    for (let i = 0; i < 250_000; i++) asks(roomToRelease, effect)
  }
})

test('mustHaveRoom: throws as V8 does, and trusts a thread whose stack cannot be told', () => {
  const binding = (left: number): Binding => ({ stackLeft: () => left }) as Binding
  mustHaveRoom(binding(4 * 1024 ** 2))
  mustHaveRoom(binding(0))
  assert.throws(() => mustHaveRoom(binding(300 * 1024)), new RangeError('Maximum call stack size exceeded'))
})
