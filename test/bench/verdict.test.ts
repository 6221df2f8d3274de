/** What the bench makes of its samples: ratios round by round, verdicts that the spread allows, table and chart. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chart } from '../../bench/chart.js'
import { type Row, rows } from '../../bench/rows.js'
import { sourcesOf, usual } from '../../bench/sources.js'
import { markdown, table } from '../../bench/table.js'
import { judge, type Result, spread } from '../../bench/verdict.js'

const row: Row = { name: 'miss', title: 'a miss', beside: 'floor', target: 2 }
const of = (own: number[], floor: number[], what: Row = row): Result => {
  const result = judge(
    what,
    new Map([
      ['miss', own],
      ['floor', floor],
    ]),
  )
  assert.ok(result !== undefined)
  return result
}

test('ratios are formed round by round: a slow round of the machine slows both', () => {
  const { ratio, time, verdict } = of([15, 150, 15, 1500, 15], [10, 100, 10, 1000, 10])
  assert.deepEqual(ratio, { low: 1.5, median: 1.5, high: 1.5 })
  assert.equal(time.median, 15)
  assert.equal(verdict, 'ok')
})

test('a verdict needs the middle half of the rounds on one side of the target', () => {
  const floor = [1, 1, 1, 1, 1]
  assert.equal(of([1, 1, 1.9, 2, 9], floor).verdict, 'ok')
  assert.equal(of([1, 2.1, 2.2, 2.3, 9], floor).verdict, 'missed')
  assert.equal(of([1, 1.9, 1.9, 2.1, 9], floor).verdict, 'undecided')
  assert.equal(of([1], [1], { ...row, target: undefined }).verdict, undefined)
})

test('without a floor the target is in microseconds', () => {
  const { ratio, verdict } = of([0.2, 0.3, 0.4], [], { ...row, beside: undefined, target: 1 })
  assert.equal(ratio, undefined)
  assert.equal(verdict, 'ok')
})

test('what was not measured has no result', () => {
  assert.equal(judge(row, new Map([['miss', [1]]])), undefined)
  assert.equal(judge(row, new Map([['floor', [1]]])), undefined)
})

test('quartiles of few and of many', () => {
  assert.deepEqual(spread([3]), { low: 3, median: 3, high: 3 })
  assert.deepEqual(spread([5, 1, 2, 4, 3]), { low: 2, median: 3, high: 4 })
  assert.deepEqual(spread([4, 2]), { low: 2.5, median: 3, high: 3.5 })
  assert.deepEqual(spread([9, 1, 5]), { low: 3, median: 5, high: 7 })
})

test('each row has a source, and so has what it is compared with', () => {
  const given = new Set(sourcesOf(usual).flatMap(({ gives }) => gives))
  for (const { name, beside } of rows) for (const one of [name, beside ?? name]) assert.ok(given.has(one), one)
})

test('table, page and chart show what was measured', () => {
  const results = [of([15, 15, 16], [10, 10, 10]), of([0.5, 0.5, 0.5], [], { ...row, beside: undefined, target: 1 })]
  assert.match(table(results), /a miss +15\.0 +15\.0 to 15\.5 +1\.50 +1\.50 to 1\.55 +floor +≤ 2 +ok/)
  assert.match(table(results), /a miss +0\.50 .* ≤ 1 µs +ok$/)
  assert.match(
    markdown(results),
    /\n\| a miss \| 15\.0 \| 15\.0 to 15\.5 \| 1\.50 \| 1\.50 to 1\.55 \| floor \| ≤ 2 \| ok \|/,
  )
  assert.match(chart(results), /a miss<\/text>[\s\S]*>1\.50<\/text>/)
})
