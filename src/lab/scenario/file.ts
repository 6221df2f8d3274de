/**
 * Scenario files. A file opens with a title and a paragraph in `#` lines; then come blocks, apart by blank
 * lines: commands, the line `----`, and what they printed. This file finds the blocks, and puts new output in
 * their place; what the commands mean is in command.ts.
 */

export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
}

export interface Block {
  readonly commands: readonly Line[]
  /** Number of the line that says `----`. */
  readonly divider: number
  readonly expected: readonly string[]
}

export interface Scenario {
  /** As people know it, for messages. */
  readonly path: string
  readonly title: string
  /** What it teaches, in one string. */
  readonly opening: string
  readonly blocks: readonly Block[]
  readonly text: string
}

/** A mistake in a scenario; the message begins with `path:line:` and says what was expected. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'

  constructor(
    readonly path: string,
    readonly line: number,
    what: string,
  ) {
    super(`${path}:${line}: ${what}`)
  }
}

const DIVIDER = '----'

export function parseScenario(path: string, text: string): Scenario {
  const lines = text.split('\n').map((line, i): Line => ({ number: i + 1, text: line.trimEnd() }))
  const [first] = lines
  if (first === undefined || !/^# \S/.test(first.text)) {
    throw new ScenarioError(path, 1, `expected a title, '# What is seen', ${found(first)}`)
  }
  const opening: string[] = []
  for (const { text: line } of lines.slice(1)) {
    if (!line.startsWith('#')) break
    if (line !== '#') opening.push(line.slice(1).trim())
  }
  if (opening.length === 0) {
    const line = lines[1]
    throw new ScenarioError(path, 2, `expected a paragraph in '#' lines that says what is seen, ${found(line)}`)
  }
  const blocks = [...blocksOf(path, lines)]
  if (blocks.length === 0) {
    throw new ScenarioError(path, lines.length, `expected commands, then '${DIVIDER}', then what they print`)
  }
  return { path, title: first.text.slice(2), opening: opening.join(' '), blocks, text }
}

/** The text of the file with other output; `outputs` stand in the order of the blocks. */
export function withOutputs({ blocks, text }: Scenario, outputs: readonly (readonly string[])[]): string {
  const lines = text.split('\n')
  for (const [i, { divider, expected }] of [...blocks.entries()].reverse()) {
    lines.splice(divider, expected.length, ...(outputs[i] as readonly string[]))
  }
  return lines.join('\n')
}

function* blocksOf(path: string, lines: readonly Line[]): Generator<Block> {
  let commands: Line[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as Line
    if (line.text === DIVIDER) {
      if (commands.length === 0) throw new ScenarioError(path, line.number, `expected a command, found '${DIVIDER}'`)
      const expected = lines.slice(at + 1, endOfOutput(lines, at + 1)).map(({ text }) => text)
      yield { commands, divider: line.number, expected }
      commands = []
      at += expected.length
    } else if (line.text === '') {
      if (commands.length > 0) throw undivided(path, line)
    } else if (!line.text.startsWith('#')) {
      commands.push(line)
    }
  }
  if (commands.length > 0) throw undivided(path, { number: lines.length, text: '' })
}

function endOfOutput(lines: readonly Line[], from: number): number {
  const end = lines.findIndex(({ text }, i) => i >= from && text === '')
  return end < 0 ? lines.length : end
}

const undivided = (path: string, line: Line): ScenarioError =>
  new ScenarioError(path, line.number, `expected '${DIVIDER}' after the commands, ${found(line)}`)

const found = (line: Line | undefined): string =>
  line === undefined || line.text === '' ? 'found an empty line' : `found '${line.text}'`
