/**
 * What is told of an error that nobody catches, whatever it is made of: it is described where it was thrown, because some
 * lose all they say on the way to another thread, and some would be copied for ever.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, prelude, run, runs } from './run.js'

const told: readonly (readonly [name: string, act: string, headline: RegExp, inside?: RegExp])[] = [
  ['a DOMException of Node', 'structuredClone(() => 1)', /uncaught DataCloneError: \(\) => 1 could not be cloned\./],
  ['one of the program', "throw new DOMException('enough', 'AbortError')", /uncaught AbortError: enough/],
  [
    'a rejection that is one',
    'Promise.reject(AbortSignal.abort().reason); await new Promise(() => {})',
    /uncaught AbortError: This operation was aborted/,
  ],
  [
    'two errors, each the cause of the other',
    "const a = new Error('a'); const b = new RangeError('b'); a.cause = b; b.cause = a; throw a",
    /uncaught Error: a/,
    /\[cause\]: .*RangeError: b/,
  ],
  ['an error that is its own cause', "const e = new Error('mine'); e.cause = e; throw e", /uncaught Error: mine/],
  ['a symbol', "throw Symbol('why')", /uncaught value: Symbol\(why\)/],
  [
    'what throws when it is looked at',
    "setTimeout(() => { throw { [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no') } } })",
    /uncaught value: one that throws when it is looked at/,
  ],
  [
    'an error of another realm',
    "const vm = await import('node:vm'); vm.runInNewContext('throw new TypeError(\"there\")')",
    /uncaught TypeError: there/,
  ],
]

for (const [name, act, headline, inside] of told) {
  test(name, async (t) => {
    const outcome = await run(t, `${prelude} if (me === 1) { ${act} } tm.barrier()`, { nodes: 2 })
    assert.equal(outcome.code, 1, described(outcome))
    assert.match(outcome.stderr, new RegExp(`^treadmarks: process 1 \\(node 1\\): ${headline.source}\n`))
    assert.match(outcome.stderr, /\n {2}ERR_TM_THREW: [^\n]+\n$/)
    if (inside !== undefined) assert.match(outcome.stderr, inside)
  })
}

test('handlers for exit run before it is told, and what they print is there', async (t) => {
  const text = `${prelude}
    process.on('exit', (code) => console.log('handler', code))
    if (process.argv[2]) process.on('exit', () => { throw new Error('a second one') })
    throw new Error('boom')
  `
  for (const args of [[], ['again']]) {
    const outcome = await run(t, text, { nodes: 1, args })
    assert.equal(outcome.code, 1, described(outcome))
    assert.equal(outcome.stdout, 'handler 1\n')
    assert.match(outcome.stderr, /^treadmarks: process 0 \(node 0\): uncaught Error: boom\n/)
  }
})

test('a program that handles what it has not caught goes on', async (t) => {
  const text = `${prelude}
    process.on('uncaughtException', (error) => console.log('handled', error.message))
    setTimeout(() => { throw new Error('boom') })
    setTimeout(() => { tm.barrier(); console.log('done') }, 20)
  `
  assert.equal((await runs(t, text, { nodes: 1 })).stdout, 'handled boom\ndone\n')
})
