/**
 * A trial as text, so that a failure can be kept, read and shown again. The head says what is simulated and how
 * it goes; then come the phases, each with one line for each section: `process: operation | operation | …`.
 */
import { readFileSync } from 'node:fs'
import { TreadMarksError } from '../../errors.js'
import type { NetworkPlan } from '../../sim/network.js'
import type { Operation } from '../../sim/operation.js'
import type { Fault, Plan } from '../../sim/plan.js'
import { protocols } from '../protocols.js'
import type { Kind, Setup } from './draw.js'
import type { Trial } from './shrink.js'
import type { Section, Story } from './story.js'

/** Each operation's words after its name, in this order. */
const words: { readonly [T in Operation['type']]: readonly string[] } = {
  load: ['address'],
  store: ['address', 'value'],
  acquire: ['lock'],
  release: ['lock'],
  barrier: ['id'],
  wait: ['lock', 'cond'],
  signal: ['lock', 'cond'],
  broadcast: ['lock', 'cond'],
  await: ['lock', 'cond', 'address', 'value'],
  poll: ['lock', 'address', 'value', 'rests'],
  malloc: ['block', 'bytes'],
  free: ['block'],
  loadBlock: ['block', 'offset'],
  storeBlock: ['block', 'offset', 'value'],
  alloc: ['bytes'],
  distribute: ['value'],
}
const faultWords: { readonly [T in Fault['type']]: readonly string[] } = {
  clog: ['at', 'from', 'to', 'lasts'],
  pause: ['at', 'node', 'lasts'],
  cut: ['at', 'a', 'b'],
  kill: ['at', 'node'],
}
const delays: readonly NetworkPlan['delay'][] = ['same', 'even', 'exponential', 'heavy']

type Values = Readonly<Record<string, number | boolean | string>>

export function printTrial({ setup, story }: Trial): string {
  const { plan } = setup
  const { network } = plan
  const lines = [
    `kind ${setup.kind}`,
    `protocol ${setup.protocol}`,
    `nodes ${setup.nodes}`,
    `threads ${setup.threads}`,
    `pages ${setup.pages}`,
    `page-bytes ${setup.pageBytes}`,
    `seed ${plan.seed}`,
    `delay ${network.delay} ${network.meanDelay}${network.pieces ? ' pieces' : ''}`,
    `pace burst ${plan.burst} think ${plan.think} service ${plan.service} interrupt ${plan.interrupt}`,
    `slowness ${plan.slowness.join(' ')}`,
    `max-steps ${plan.maxSteps}`,
    ...plan.faults.map((fault) => `fault ${sentence(fault.type, faultWords[fault.type], fault)}`),
    ...story.prologue.map((operation) => `all: ${printOperation(operation)}`),
  ]
  for (const phase of story.phases) {
    lines.push('phase')
    for (const [proc, sections] of phase.entries()) {
      for (const section of sections) {
        if (section.length > 0) lines.push(`${proc}: ${section.map(printOperation).join(' | ')}`)
      }
    }
  }
  return `${lines.join('\n')}\n`
}

export const printOperation = (operation: Operation): string =>
  sentence(operation.type, words[operation.type], operation)

function sentence(name: string, keys: readonly string[], values: object): string {
  return [name, ...keys.map((key) => String((values as Values)[key]))].join(' ')
}

/** Reads a trial from a file. Throws ERR_TM_USAGE naming file, line and what was expected. */
export function readTrial(path: string): Trial {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new TreadMarksError('ERR_TM_USAGE', `${path} cannot be read: ${(error as Error).message}`)
  }
  return new TrialParser(path, text).parse()
}

const heads = [
  'kind',
  'protocol',
  'nodes',
  'threads',
  'pages',
  'page-bytes',
  'seed',
  'delay',
  'pace',
  'slowness',
  'max-steps',
]

class TrialParser {
  private line = 0
  private readonly head = new Map<string, string[]>()
  private readonly faults: Fault[] = []
  private readonly prologue: Operation[] = []
  private readonly phases: Section[][][] = []

  constructor(
    private readonly path: string,
    private readonly text: string,
  ) {}

  parse(): Trial {
    for (const raw of this.text.split('\n')) {
      this.line++
      const line = raw.replace(/#.*/, '').trim()
      if (line !== '') this.take(line)
    }
    const setup = this.setup()
    const story: Story = { prologue: this.prologue, phases: this.phases.map((phase) => filled(phase, setup)) }
    return { setup, story }
  }

  private take(line: string): void {
    const section = /^(all|\d+): *(.*)$/.exec(line)
    if (section !== null) return this.takeSection(section[1] as string, section[2] as string)
    const [name = '', ...rest] = line.split(/\s+/)
    if (name === 'phase') this.phases.push([])
    else if (name === 'fault') this.faults.push(this.named(rest, faultWords, 'fault') as unknown as Fault)
    else if (heads.includes(name)) this.head.set(name, rest)
    else throw this.wrong(`'${name}'`, `'phase', 'fault', a section ('0: load 3'), or one of ${heads.join(', ')}`)
  }

  private takeSection(who: string, text: string): void {
    const operations = text.split('|').map((one) => this.named(one.trim().split(/\s+/), words, 'operation'))
    if (who === 'all') {
      this.prologue.push(...(operations as unknown as Operation[]))
      return
    }
    const phase = this.phases.at(-1)
    if (phase === undefined) throw this.wrong(`a section of process ${who}`, `a line 'phase' before it`)
    const proc = Number(who)
    phase[proc] ??= []
    phase[proc].push(operations as unknown as Operation[])
  }

  private named(parts: readonly string[], table: Readonly<Record<string, readonly string[]>>, what: string): Values {
    const [type = '', ...values] = parts
    const keys = table[type]
    if (keys === undefined) throw this.wrong(`the ${what} '${type}'`, `one of ${Object.keys(table).join(', ')}`)
    if (values.length !== keys.length) {
      throw this.wrong(`${values.length} words after '${type}'`, keys.length === 0 ? 'none' : keys.join(', '))
    }
    return { type, ...Object.fromEntries(keys.map((key, i) => [key, this.value(values[i] as string)])) }
  }

  private value(word: string): number | boolean {
    if (word === 'true' || word === 'false') return word === 'true'
    return this.number(word)
  }

  private number(word: string | undefined): number {
    const value = Number(word)
    if (word === undefined || word === '' || !Number.isFinite(value) || value < 0) {
      throw this.wrong(word === undefined ? 'the end of the line' : `'${word}'`, 'a number')
    }
    return value
  }

  private setup(): Setup {
    for (const name of heads) if (!this.head.has(name)) throw this.wrong('the end of the file', `a line '${name} …'`)
    const words = (name: string): readonly string[] => this.head.get(name) as string[]
    const number = (name: string): number => this.number(words(name)[0])
    const kind = words('kind')[0] as Kind
    if (kind !== 'race-free' && kind !== 'racy') throw this.wrong(`the kind '${kind}'`, 'race-free or racy')
    const protocol = words('protocol')[0] as string
    if (protocols[protocol] === undefined) {
      throw this.wrong(`the protocol '${protocol}'`, Object.keys(protocols).join(', '))
    }
    const nodes = number('nodes')
    return {
      kind,
      protocol,
      nodes,
      threads: number('threads'),
      pages: number('pages'),
      pageBytes: number('page-bytes'),
      plan: this.plan(words, number, nodes),
    }
  }

  private plan(words: (name: string) => readonly string[], number: (name: string) => number, nodes: number): Plan {
    const [delay, meanDelay, pieces] = words('delay')
    if (!delays.some((known) => known === delay)) throw this.wrong(`the delay '${delay}'`, delays.join(', '))
    const pace = words('pace')
    const slowness = words('slowness').map((word) => this.number(word))
    if (slowness.length !== nodes) throw this.wrong(`${slowness.length} numbers in 'slowness'`, `${nodes} of them`)
    return {
      seed: number('seed'),
      network: {
        delay: delay as NetworkPlan['delay'],
        meanDelay: this.number(meanDelay),
        pieces: pieces === 'pieces',
        whole: false,
      },
      burst: this.number(pace[1]),
      think: this.number(pace[3]),
      service: this.number(pace[5]),
      interrupt: this.number(pace[7]),
      slowness,
      faults: this.faults,
      maxSteps: number('max-steps'),
    }
  }

  private wrong(found: string, expected: string): TreadMarksError {
    return new TreadMarksError('ERR_TM_USAGE', `${this.path}:${this.line}: found ${found}, expected ${expected}`)
  }
}

/** A list for each process, also for those that do nothing. */
const filled = (phase: Section[][], { nodes, threads }: Setup): Section[][] =>
  Array.from({ length: nodes * threads }, (_, proc) => phase[proc] ?? [])
