/** Litmus files: what is read from one, and what is said about each mistake in one: the file, the line, what was expected. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLitmus } from '../../src/lab/litmus/file.js'
import { LitmusError } from '../../src/lab/litmus/mistake.js'
import { findOutcomes } from '../../src/lab/litmus/oracle.js'
import { disagreements, withOutcomes } from '../../src/lab/litmus/outcomes.js'

const good = `# Demo: a test for the tests
#
# A lesson,
# on two lines.

shape: none
group: partly synchronised
class: racy
init: y = 7

P0       | P1
lock 0   | r1 = y
x = 1    | barrier
unlock 0 |
barrier  |

r1 x | sc       lrc      other
7  0 | never    never    never    asked: the store is lost
7  1 | allowed  allowed  never
`

test('a file is read', () => {
  const litmus = parseLitmus('litmus/Demo.litmus', good)
  assert.equal(litmus.name, 'Demo')
  assert.equal(litmus.title, 'a test for the tests')
  assert.equal(litmus.lesson, 'A lesson, on two lines.')
  assert.deepEqual(litmus.locations, ['x', 'y'])
  assert.deepEqual([...litmus.init], [['y', 7]])
  assert.deepEqual(litmus.processes, [
    [
      { type: 'lock', lock: 0 },
      { type: 'store', location: 'x', value: 1 },
      { type: 'unlock', lock: 0 },
      { type: 'barrier' },
    ],
    [{ type: 'load', register: 'r1', location: 'y' }, { type: 'barrier' }],
  ])
  assert.deepEqual(litmus.models, ['sc', 'lrc', 'other'])
  assert.deepEqual(litmus.rows, [
    { values: [7, 0], allowed: [false, false, false], asked: 'the store is lost' },
    { values: [7, 1], allowed: [true, true, false], asked: undefined },
  ])
})

/** What to change in the good file, and what is said then. */
const mistakes: readonly (readonly [what: string | RegExp, by: string, said: string])[] = [
  ['# Demo: a', '# Demo, a', `1: expected a title, '# Demo: what it asks'; found '# Demo, a test for the tests'`],
  ['# Demo:', '# Other:', `1: expected the name of the file, 'Demo', in the title; found 'Other'`],
  [/#\n# A lesson,\n.*/, '#', `1: expected a lesson in '#' lines after the title; found 'none'`],
  ['# on two', 'on two', `4: expected an empty line after the lesson; found 'on two lines.'`],
  ['shape: none\n', '', `8: expected a line 'shape: …' here; found 'init: y = 7'`],
  ['shape:', 'form:', `6: expected 'key: value' with one of the keys shape, group, class, init; found 'form: none'`],
  ['shape: none', 'shape: none\nshape: two', `7: expected 'shape' once; found 'shape: two'`],
  ['partly', 'half', `7: expected one of: no synchronisation, one lock, a lock for each location, partly synchronised`],
  ['class: racy', 'class: bad', `8: expected one of: race-free, racy; found 'bad'`],
  ['y = 7', 'y: 7', `9: expected 'x = 1, y = 2'; found 'y: 7'`],
  ['init: y = 7', 'init: z = 7', `9: expected one of the locations x, y; found 'z'`],
  ['init: y = 7', 'init: y = 256', `9: expected a value from 0 to 255; found '256'`],
  ['P0       | P1', 'P0 | P2', `11: expected the processes' names, 'P0 | P1 | …'; found 'P0 | P2'`],
  ['x = 1    | barrier', 'x = 1', `13: expected 2 columns, one for each process; found 'x = 1'`],
  ['x = 1 ', 'x == 1', `13: expected a step, as 'x = 1', 'r1 = x', 'lock 0', 'unlock 0', 'barrier'`],
  ['x = 1 ', 'x = a', `13: expected a value from 0 to 255; found 'a'`],
  ['x = 1 ', 'r1 = x', `13: expected a register that no other load uses; found 'r1'`],
  ['x = 1 ', 'lock 0', `13: expected a lock that the process does not hold; found 'lock 0'`],
  ['lock 0   |', '         |', `14: expected 'lock 0' before this; found 'unlock 0'`],
  ['x = 1 ', 'signal 1', `13: expected 'lock 1' before this; found 'signal 1'`],
  ['unlock 0', '', `11: expected 'unlock 0' in P0; found 'a process that ends with lock 0'`],
  ['barrier  |', '', `11: expected every process to meet at every barrier; found 'P0 meets at 0, P1 at 1'`],
  [/\nr1 x \|[\s\S]*/, '', `16: expected the outcomes, 'r1 r2 | sc lrc' and a line for each`],
  ['r1 x |', 'x |', `17: expected a column for r1; found 'x | sc       lrc      other'`],
  ['r1 x |', 'r1 z |', `17: expected columns among r1, x, y; found 'z'`],
  ['r1 x |', 'r1 r1 |', `17: expected each column once; found 'r1'`],
  ['| sc       lrc      other', '', `17: expected registers, '|' and models, 'r1 r2 | sc lrc'; found 'r1 x'`],
  ['7  1 |', '7 |', `19: expected 2 values, for r1 x, then '|'; found '7 | allowed  allowed  never'`],
  ['7  1 |', '7 0 |', `19: expected each outcome once; found '7 0'`],
  [
    'allowed  allowed',
    'allowed',
    `19: expected 'allowed' or 'never' for each of sc, lrc, other, then perhaps 'asked: …'`,
  ],
  ['asked: the store is lost', '', `17: expected one outcome that is asked about`],
  [/$/, '\nmore\n', `21: expected nothing after the outcomes; found 'more'`],
]

for (const [what, by, said] of mistakes) {
  test(`a mistake is told: ${said}`, () => {
    const text = good.replace(what, by)
    assert.notEqual(text, good)
    assert.throws(
      () => parseLitmus('litmus/Demo.litmus', text),
      (error: unknown) => {
        assert(error instanceof LitmusError)
        assert.equal(error.message.slice(0, `litmus/Demo.litmus:${said}`.length), `litmus/Demo.litmus:${said}`)
        return true
      },
    )
  })
}

test('an empty file is a mistake', () => {
  assert.throws(() => parseLitmus('Demo.litmus', '\n'), /^LitmusError: Demo.litmus:1: expected a title/)
})

test('a program that may wait for ever is a mistake', () => {
  const waits = good.replace('x = 1    |', 'wait 0 until x >= 1 |')
  const litmus = parseLitmus('Demo.litmus', waits)
  assert.throws(() => findOutcomes(litmus, 'sc'), /^LitmusError: Demo.litmus:11: expected processes that .*P0 may wait/)
})

test('rewriting puts the right outcomes in, keeps the question, and leaves unknown models alone', () => {
  const litmus = parseLitmus('Demo.litmus', good)
  assert.deepEqual(disagreements(litmus), ['class is race-free: no two accesses race'])
  const wrong = good
    .replace('7  1 | allowed  allowed  never', '9  9 | allowed  never    never\n7  2 | never    never    allowed')
    .replace('class: racy', 'class: race-free')
  const spoilt = parseLitmus('Demo.litmus', wrong)
  assert.deepEqual(disagreements(spoilt), [
    'sc allows r1 = 7, x = 1',
    'sc never has r1 = 9, x = 9',
    'lrc allows r1 = 7, x = 1',
  ])
  const right = withOutcomes(spoilt, wrong)
  assert.equal(
    right.slice(right.indexOf('r1 x')),
    [
      'r1 x | sc       lrc      other',
      '7  0 | never    never    never    asked: the store is lost',
      '7  1 | allowed  allowed  never',
      '7  2 | never    never    allowed',
      '',
    ].join('\n'),
  )
  assert.deepEqual(disagreements(parseLitmus('Demo.litmus', right)), [])
})
