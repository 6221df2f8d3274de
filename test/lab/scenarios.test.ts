/** Every scenario prints what its file says; docs/scenarios.md lists them all, and all that can stand in one. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { actUsage, commandUsage } from '../../src/lab/scenario/command.js'
import { forgeUsage } from '../../src/lab/scenario/forge.js'
import { checkScenario, readScenario, scenarioFiles } from '../../src/lab/scenario/suite.js'

const files = scenarioFiles(['scenarios'])
const guide = readFileSync('docs/scenarios.md', 'utf8')

for (const file of files) {
  test(`scenario ${basename(file, '.txt')}`, () => {
    const problems = checkScenario(file)
    assert.equal(problems.length, 0, `\n${problems.join('\n')}`)
  })
}

test('every scenario says where its rule stands', () => {
  for (const file of files) {
    assert.match(readScenario(file).opening, /§\d|[Dd]ecision \d|docs\/|src\//, `${file}: its opening cites nothing`)
  }
})

test('the guide has one line for each scenario, with its title', () => {
  const listed = guide.split('\n').filter((line) => line.includes('](../scenarios/'))
  const expected = files.map((file) => {
    const name = basename(file, '.txt')
    return `| [${name}](../scenarios/${name}.txt) | ${readScenario(file).title} |`
  })
  assert.deepEqual(listed.sort(), expected.sort())
})

test('the guide has every command, with what follows it', () => {
  for (const [name, usage] of Object.entries(actUsage)) {
    assert.ok(guide.includes(`| \`${`1: ${name} ${usage}`.trimEnd()}\` |`), `docs/scenarios.md: 1: ${name} ${usage}`)
  }
  for (const [name, usage] of Object.entries(commandUsage)) {
    const [first] = usage.split(', or ')
    assert.ok(guide.includes(`| \`${`${name} ${first}`.trimEnd()}\``), `docs/scenarios.md: ${name} ${first}`)
  }
  for (const [kind, fields] of Object.entries(forgeUsage)) {
    assert.ok(guide.includes(`| \`${kind}\` | ${fields.map((field) => `\`${field}\``).join(' ')} |`), kind)
  }
})
