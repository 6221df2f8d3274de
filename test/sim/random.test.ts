/** Random numbers and the agenda: everything else that is drawn from a seed depends on these two. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agenda } from '../../src/sim/agenda.js'
import { Random } from '../../src/sim/random.js'

test('a seed gives the same numbers on every machine', () => {
  const random = new Random(42)
  assert.deepEqual([random.next(), random.next(), random.below(10)], [2_837_322_924, 544_945_897, 1])
})

test('neighbouring seeds and streams of one seed have nothing in common', () => {
  const first = new Set<number>()
  for (let seed = 0; seed < 1000; seed++)
    for (let stream = 0; stream < 4; stream++) first.add(new Random(seed, stream).next())
  assert.ok(first.size > 3_990, `${first.size} different first numbers of 4,000`)
})

test('numbers are spread evenly over their range, ends included', () => {
  const random = new Random(7)
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 20_000; i++) {
    const number = random.between(0, 9)
    counts[number] = (counts[number] as number) + 1
  }
  for (const count of counts) assert.ok(count > 1_800 && count < 2_200, counts.join(' '))
  let sum = 0
  for (let i = 0; i < 20_000; i++) sum += random.exponential(3)
  assert.ok(Math.abs(sum / 20_000 - 3) < 0.1)
})

test('a shuffle keeps every item', () => {
  const items = Array.from({ length: 30 }, (_, i) => i)
  const shuffled = new Random(1).shuffle([...items])
  assert.notDeepEqual(shuffled, items)
  assert.deepEqual(
    shuffled.sort((a, b) => a - b),
    items,
  )
})

test('the agenda gives the earliest first, and things of one time in the order in which they came', () => {
  const random = new Random(3)
  const agenda = new Agenda()
  const expected: { time: number; which: number }[] = []
  for (let which = 0; which < 2_000; which++) {
    const time = random.below(100)
    agenda.add(time, 0, which)
    expected.push({ time, which })
  }
  expected.sort((a, b) => a.time - b.time || a.which - b.which)
  for (const { time, which } of expected) {
    const due = agenda.take()
    assert.deepEqual([due?.time, due?.which], [time, which])
  }
  assert.equal(agenda.take(), undefined)
})
