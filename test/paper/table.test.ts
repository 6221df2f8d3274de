/** docs/paper.md is true: every test that it names exists in that file, and every paper test has its row. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Row {
  readonly line: number
  readonly file: string
  readonly name: string
}

/** A row names its test in a cell of its own, below the line that says the file, or in a cell that begins with the file. */
function namedTests(text: string): Row[] {
  const rows: Row[] = []
  let file: string | undefined
  for (const [i, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) file = undefined
    file = /^All in \[([^\]]+)\]/.exec(line)?.[1] ?? file
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''))
    if (!line.startsWith('| ') || cells.includes('---') || cells[0] === 'rule') continue
    const last = cells.at(-1) ?? ''
    const [, named, name] = /^\[([^\]]+\.test\.ts)\]\([^)]+\): (.+)$/.exec(last) ?? []
    if (named !== undefined && name !== undefined) rows.push({ line: i + 1, file: named, name })
    else if (file !== undefined) rows.push({ line: i + 1, file, name: last })
  }
  return rows
}

const testsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^test\('(.+?)',/gm)].map(([, name]) => name as string)

const rows = namedTests(readFileSync('docs/paper.md', 'utf8'))

test('every test that the table names exists', () => {
  for (const { line, file, name } of rows) {
    assert.ok(testsOf(file).includes(name), `docs/paper.md:${line}: ${file} has no test '${name}'`)
  }
})

test('every paper test stands in the table, and cites where its rule is from', () => {
  const files = readdirSync('test/paper').filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts')
  const tests = files.flatMap((name) =>
    testsOf(`test/paper/${name}`).map((title) => ({ file: `test/paper/${name}`, title })),
  )
  assert.ok(tests.length >= 50)
  for (const { file, title } of tests) {
    assert.ok(
      rows.some((row) => row.file === file && row.name === title),
      `docs/paper.md has no row for '${title}' of ${file}`,
    )
    assert.match(title, /^(§\d\.\d|Costa §3|thesis p\. 16|IEEE Computer 1996|decision 3)/)
  }
})
