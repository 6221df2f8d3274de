/**
 * The program of a litmus test: a column for each process, a row for each line of text, cells apart by `|`. Each
 * cell is one step or empty. What no process could do is refused here: a lock released that is not held, a register
 * loaded twice, processes that do not meet at the same number of barriers.
 */
import type { Line } from './mistake.js'
import { MAX_PROCESSES, type Step } from './model.js'

export const stepUsage: readonly string[] = [
  'x = 1',
  'r1 = x',
  'lock 0',
  'unlock 0',
  'barrier',
  'wait 0 until x >= 1',
  'signal 0',
  'broadcast 0',
]

/** `lines`: the heading with the processes' names, then the rows. */
export function parseProcesses(lines: readonly Line[]): Step[][] {
  const [heading, ...rows] = lines as [Line, ...Line[]]
  const names = cells(heading)
  if (names.some((name, i) => name !== `P${i}`)) throw heading.expected(`the processes' names, 'P0 | P1 | …'`)
  if (names.length > MAX_PROCESSES) throw heading.expected(`${MAX_PROCESSES} processes at most`, `${names.length}`)
  const programs = names.map((_, i) => new ProcessSteps(i))
  const registers = new Set<string>()
  for (const row of rows) {
    const texts = cells(row)
    if (texts.length !== names.length) throw row.expected(`${names.length} columns, one for each process`)
    for (const [i, text] of texts.entries()) if (text !== '') programs[i]?.add(parseStep(row, text), row, registers)
  }
  for (const program of programs) program.end(heading)
  const [first, ...others] = programs as [ProcessSteps, ...ProcessSteps[]]
  const other = others.find(({ barriers }) => barriers !== first.barriers)
  if (other !== undefined) {
    throw heading.expected(
      'every process to meet at every barrier',
      `P0 meets at ${first.barriers}, P${other.process} at ${other.barriers}`,
    )
  }
  return programs.map(({ steps }) => steps)
}

/** The cells of a row, without the space around them. */
export const cells = ({ text }: Line): string[] => text.split('|').map((cell) => cell.trim())

/** A value that a location can hold. */
export function parseByte(line: Line, text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 255) throw line.expected('a value from 0 to 255', text)
  return Number(text)
}

function parseStep(line: Line, text: string): Step {
  const [, register, from] = /^(r\d+) *= *([a-z])$/.exec(text) ?? []
  if (register !== undefined && from !== undefined) return { type: 'load', register, location: from }
  const [, to, value] = /^([a-z]) *= *(\w+)$/.exec(text) ?? []
  if (to !== undefined && value !== undefined) return { type: 'store', location: to, value: parseByte(line, value) }
  if (text === 'barrier') return { type: 'barrier' }
  const [, type, lock] = /^(lock|unlock|signal|broadcast) (\d)$/.exec(text) ?? []
  if (type !== undefined) return { type: type as 'lock', lock: Number(lock) }
  const [, of, location, least] = /^wait (\d) until ([a-z]) *>= *(\w+)$/.exec(text) ?? []
  if (of !== undefined && location !== undefined && least !== undefined) {
    return { type: 'wait', lock: Number(of), location, value: parseByte(line, least) }
  }
  throw line.expected(`a step, as ${stepUsage.map((usage) => `'${usage}'`).join(', ')}`, text)
}

class ProcessSteps {
  readonly steps: Step[] = []
  barriers = 0
  private readonly held = new Set<number>()

  constructor(readonly process: number) {}

  add(step: Step, line: Line, registers: Set<string>): void {
    if (step.type === 'load') {
      if (registers.has(step.register)) throw line.expected('a register that no other load uses', step.register)
      registers.add(step.register)
    } else if (step.type === 'lock') {
      if (this.held.has(step.lock)) throw line.expected('a lock that the process does not hold', `lock ${step.lock}`)
      this.held.add(step.lock)
    } else if (step.type === 'barrier') {
      this.barriers++
    } else if (step.type !== 'store' && !this.held.has(step.lock)) {
      throw line.expected(`'lock ${step.lock}' before this`, `${step.type} ${step.lock}`)
    }
    if (step.type === 'unlock') this.held.delete(step.lock)
    this.steps.push(step)
  }

  end(heading: Line): void {
    const [lock] = this.held
    if (lock !== undefined) {
      throw heading.expected(`'unlock ${lock}' in P${this.process}`, `a process that ends with lock ${lock}`)
    }
    if (this.steps.length === 0) throw heading.expected(`a step of P${this.process}`, 'an empty column')
  }
}
