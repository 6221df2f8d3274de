/**
 * Scenario files together: finds them, runs each, and says where one prints something else than it says; or,
 * to rewrite them, makes them say what they print.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseScenario, type Scenario, ScenarioError, withOutputs } from './file.js'
import { lineDiff } from './line-diff.js'
import { runScenario } from './run.js'

/** The files themselves, and the `.txt` files of the folders, in order. */
export function scenarioFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [path]
    const names = readdirSync(path).filter((name) => name.endsWith('.txt'))
    return names.sort().map((name) => join(path, name))
  })
}

export function readScenario(path: string): Scenario {
  return parseScenario(path, readFileSync(path, 'utf8'))
}

/** Runs a file; what is wrong with it, in lines, or none when it prints what it says. */
export function checkScenario(path: string): string[] {
  return mistakes(path, () => {
    const scenario = readScenario(path)
    return differences(scenario, runScenario(scenario))
  })
}

/** Makes a file say what it prints now. `changed` hears that it said something else. */
export function rewriteScenario(path: string, changed: () => void): string[] {
  return mistakes(path, () => {
    const scenario = readScenario(path)
    const text = withOutputs(scenario, runScenario(scenario))
    if (text === scenario.text) return []
    writeFileSync(path, text)
    changed()
    return []
  })
}

/** For each block that prints something else: where it is, and both texts in one. */
export function differences({ path, blocks }: Scenario, outputs: readonly (readonly string[])[]): string[] {
  return blocks.flatMap(({ commands, divider, expected }, i) => {
    const lines = lineDiff(expected, outputs[i] as readonly string[])
    const first = lines.find(({ sign }) => sign !== ' ')
    if (first === undefined) return []
    const said = commands.map(({ text }) => text).join('; ')
    return [
      `${path}:${divider + 1 + first.at}: '${said}' prints something else (- the file says, + was printed)`,
      ...lines.map(
        ({ sign, text, at }) => `${(sign === '+' ? '' : String(divider + 1 + at)).padStart(6)} ${sign} ${text}`,
      ),
    ]
  })
}

function mistakes(path: string, what: () => string[]): string[] {
  try {
    return what()
  } catch (error) {
    if (error instanceof ScenarioError) return [error.message]
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [`${path}: there is no such file`]
    throw error
  }
}
