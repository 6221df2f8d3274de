/**
 * Reads a trial from a file in the form of trial-text.ts. Everything is checked before anything runs: an error
 * (ERR_TM_USAGE) names file, line, what was found and what was expected. `#` begins a comment.
 */
import { readFileSync } from 'node:fs'
import { TreadMarksError } from '../../errors.js'
import type { NetworkPlan } from '../../sim/network.js'
import type { Operation } from '../../sim/operation.js'
import type { Fault, Plan } from '../../sim/plan.js'
import { protocols } from '../protocols.js'
import type { Kind, Setup } from './draw.js'
import type { Section } from './story.js'
import type { Trial } from './trial.js'
import { faultWords, operationWords, type Values } from './trial-text.js'

export function readTrial(path: string): Trial {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new TreadMarksError('ERR_TM_USAGE', `${path} cannot be read: ${(error as Error).message}`)
  }
  return new TrialParser(path).parse(text)
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
/** A head may have it: of each page its protocol, where not all obey the run's. */
const DEALT = 'dealt'
const delays: readonly NetworkPlan['delay'][] = ['same', 'even', 'exponential', 'heavy']
/** The pace line: a name and a number, four times. */
const paces = ['burst', 'think', 'service', 'interrupt']
/** What names a node in a fault. */
const nodeWords = ['node', 'from', 'to', 'a', 'b']
const MOST = Number.MAX_SAFE_INTEGER
/** More nodes, threads or pages than these are a slip of the pen. */
const MAX_NODES = 1_024
const MAX_THREADS = 64
const MAX_PAGES = 1_000_000

class TrialParser {
  private line = 0
  private readonly head = new Map<string, readonly string[]>()
  private readonly faults: Fault[] = []
  private readonly prologue: Operation[] = []
  private readonly phases: Section[][][] = []
  /** Known from the first phase on. */
  private setup: Setup | undefined

  constructor(private readonly path: string) {}

  parse(text: string): Trial {
    for (const raw of text.split('\n')) {
      this.line++
      const line = raw.replace(/#.*/, '').trim()
      if (line !== '') this.take(line)
    }
    const setup = this.known()
    return { setup, story: { prologue: this.prologue, phases: this.phases } }
  }

  private take(line: string): void {
    const section = /^(all|\d+): *(.*)$/.exec(line)
    if (section !== null) return this.takeSection(section[1] as string, section[2] as string)
    const [name = '', ...rest] = line.split(/\s+/)
    if (name === 'phase') return this.takePhase()
    if (name !== 'fault' && name !== DEALT && !heads.includes(name)) {
      throw this.wrong(`'${name}'`, `'phase', 'fault', a section ('0: load 3'), or one of ${heads.join(', ')}`)
    }
    if (this.setup !== undefined) throw this.wrong(`'${name}' after a section or a phase`, 'it before them')
    if (name === 'fault') this.faults.push(this.named(rest, faultWords, 'fault') as unknown as Fault)
    else this.head.set(name, rest)
  }

  private takePhase(): void {
    const { nodes, threads } = this.known()
    this.phases.push(Array.from({ length: nodes * threads }, () => []))
  }

  private takeSection(who: string, text: string): void {
    const { nodes, threads } = this.known()
    const operations = text
      .split('|')
      .map((one) => this.named(one.trim().split(/\s+/), operationWords, 'operation') as unknown as Operation)
    if (who === 'all') {
      this.prologue.push(...operations)
      return
    }
    const phase = this.phases.at(-1)
    if (phase === undefined) throw this.wrong(`a section of process ${who}`, `a line 'phase' before it`)
    const list = phase[Number(who)]
    if (list === undefined) throw this.wrong(`process ${who}`, `0 to ${nodes * threads - 1}`)
    list.push(operations)
  }

  private named(parts: readonly string[], table: Readonly<Record<string, readonly string[]>>, what: string): Values {
    const [type = '', ...values] = parts
    const keys = table[type]
    if (keys === undefined) throw this.wrong(`the ${what} '${type}'`, `one of ${Object.keys(table).join(', ')}`)
    if (values.length !== keys.length) {
      throw this.wrong(`${values.length} words after '${type}'`, keys.length === 0 ? 'none' : keys.join(', '))
    }
    return { type, ...Object.fromEntries(keys.map((key, i) => [key, this.value(key, values[i] as string)])) }
  }

  private value(key: string, word: string): number | boolean | string {
    if (key === 'protocol') return this.protocol(word)
    if (key !== 'rests') return this.number(word, key, this.mostOf(key))
    if (word !== 'true' && word !== 'false') throw this.wrong(`'${word}'`, 'true or false')
    return word === 'true'
  }

  private mostOf(key: string): number {
    if (key === 'value') return 255
    if (this.setup === undefined) return MOST
    return key === 'address' ? this.setup.pages * this.setup.pageBytes - 1 : MOST
  }

  private number(word: string | undefined, what: string, most = MOST, least = 0): number {
    const value = Number(word)
    if (word === undefined || !Number.isFinite(value)) {
      throw this.wrong(word === undefined ? 'the end of the line' : `'${word}'`, 'a number')
    }
    if (value < least || value > most) {
      throw this.wrong(`${what} ${word}`, most === MOST ? `at least ${least}` : `${least} to ${most}`)
    }
    return value
  }

  /** The setup, once all lines of the head are there. */
  private known(): Setup {
    this.setup ??= this.makeSetup()
    return this.setup
  }

  private makeSetup(): Setup {
    for (const name of heads) {
      if (!this.head.has(name)) throw this.wrong('no such line so far', `a line '${name} …' in the head of the file`)
    }
    const [kind] = this.words('kind')
    if (kind !== 'race-free' && kind !== 'racy') throw this.wrong(`the kind '${kind}'`, 'race-free or racy')
    const protocol = this.protocol(this.words('protocol')[0] ?? '')
    const nodes = this.whole('nodes', MAX_NODES)
    const pageBytes = this.whole('page-bytes', 2 ** 20)
    if (pageBytes % 8 !== 0) throw this.wrong(`page-bytes ${pageBytes}`, 'a multiple of 8')
    const threads = this.whole('threads', MAX_THREADS)
    const pages = this.whole('pages', MAX_PAGES)
    const setup = { kind: kind as Kind, protocol, nodes, threads, pages, pageBytes, plan: this.plan(nodes) }
    return this.head.has(DEALT) ? { ...setup, dealt: this.dealt(pages) } : setup
  }

  private dealt(pages: number): string[] {
    const words = this.words(DEALT)
    if (words.length !== pages)
      throw this.wrong(`${words.length} protocols in '${DEALT}'`, `${pages}, one for each page`)
    return words.map((word) => this.protocol(word))
  }

  private protocol(word: string): string {
    if (Object.hasOwn(protocols, word)) return word
    throw this.wrong(`the protocol '${word}'`, Object.keys(protocols).join(', '))
  }

  private plan(nodes: number): Plan {
    const [delay, meanDelay, pieces] = this.words('delay')
    if (!delays.some((known) => known === delay)) throw this.wrong(`the delay '${delay}'`, delays.join(', '))
    if (pieces !== undefined && pieces !== 'pieces') throw this.wrong(`'${pieces}'`, `'pieces' or nothing`)
    const [burst, think, service, interrupt] = this.pace()
    const slowness = this.words('slowness').map((word) => this.number(word, 'slowness', MOST, 1))
    for (const [key, node] of this.faults.flatMap((fault) => Object.entries(fault))) {
      if (!nodeWords.includes(key) || Number(node) < nodes) continue
      throw this.wrong(`a fault of ${key} ${node}`, `0 to ${nodes - 1}`)
    }
    if (slowness.length !== nodes) throw this.wrong(`${slowness.length} numbers in 'slowness'`, `${nodes} of them`)
    return {
      seed: this.whole('seed', MOST, 0),
      network: {
        delay: delay as NetworkPlan['delay'],
        meanDelay: this.number(meanDelay, 'delay'),
        pieces: pieces === 'pieces',
        whole: false,
      },
      burst: burst as number,
      think: think as number,
      service: service as number,
      interrupt: interrupt as number,
      slowness,
      faults: this.faults,
      maxSteps: this.whole('max-steps', MOST),
    }
  }

  private pace(): number[] {
    const words = this.words('pace')
    return paces.map((name, i) => {
      if (words[2 * i] !== name) throw this.wrong(`'${words[2 * i] ?? ''}' in 'pace'`, `'${name}' and a number`)
      return this.number(words[2 * i + 1], name, name === 'interrupt' ? 1 : MOST)
    })
  }

  private words(name: string): readonly string[] {
    return this.head.get(name) as readonly string[]
  }

  private whole(name: string, most: number, least = 1): number {
    const [word] = this.words(name)
    const value = this.number(word, name, most, least)
    if (!Number.isInteger(value)) throw this.wrong(`${name} ${word}`, 'a whole number')
    return value
  }

  private wrong(found: string, expected: string): TreadMarksError {
    return new TreadMarksError('ERR_TM_USAGE', `${this.path}:${this.line}: found ${found}, expected ${expected}`)
  }
}
