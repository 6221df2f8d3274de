/**
 * The commands of scenarios, from a line of text to data. Two tables say what follows each word; they serve the
 * parser, the messages about mistakes, and the test that holds docs/scenarios.md to them.
 */
import type { Message } from '../../core/messages.js'
import { protocols } from '../protocols.js'
import { parseForged } from './forge.js'
import { CommandError, type Place, toNumber, Words } from './words.js'

/** What a process does. */
export type Act =
  | { readonly type: 'load'; readonly place: Place }
  | { readonly type: 'store'; readonly place: Place; readonly value: number }
  | { readonly type: 'acquire' | 'release'; readonly lock: number }
  | { readonly type: 'barrier'; readonly id: number }
  | { readonly type: 'wait' | 'signal' | 'broadcast'; readonly lock: number; readonly cond: number }
  | { readonly type: 'malloc'; readonly name: string; readonly bytes: number }
  | { readonly type: 'free'; readonly name: string }
  | { readonly type: 'distribute'; readonly value: number }
  | { readonly type: 'end' }

export interface ClusterShape {
  readonly nodes: number
  readonly pages: number
  readonly pageBytes: number
  readonly protocol: string
}

export type Command =
  | ({ readonly type: 'cluster' } & ClusterShape)
  | { readonly type: 'act'; readonly process: number | 'all'; readonly act: Act }
  | { readonly type: 'deliver'; readonly from: number; readonly to: number }
  | { readonly type: 'deliverAll' }
  | { readonly type: 'forge'; readonly from: number; readonly to: number; readonly message: Message }
  | { readonly type: 'messages' | 'count' }
  | { readonly type: 'pages' | 'intervals' | 'counters'; readonly node: number }
  | { readonly type: 'lock'; readonly lock: number }

/** What processes do. */
export const actUsage: Readonly<Record<Act['type'], string>> = {
  load: 'ADDRESS',
  store: 'ADDRESS BYTE',
  acquire: 'LOCK',
  release: 'LOCK',
  barrier: 'ID',
  wait: 'LOCK CONDITION',
  signal: 'LOCK CONDITION',
  broadcast: 'LOCK CONDITION',
  malloc: 'NAME BYTES',
  free: 'NAME',
  distribute: 'BYTE',
  end: '',
}

/** The other commands. */
export const commandUsage = {
  cluster: 'nodes=N [pages=N] [page-bytes=N] [protocol=NAME]',
  deliver: 'FROM TO, or deliver all',
  forge: 'FROM TO KIND FIELD=VALUE …',
  messages: '',
  count: '',
  pages: 'NODE',
  intervals: 'NODE',
  counters: 'NODE',
  lock: 'LOCK',
} as const

export function parseCommand(line: string): Command {
  const act = /^(\S+):\s+(.*)$/.exec(line)
  if (act !== null) {
    const [, who, what] = act as unknown as [string, string, string]
    const process = who === 'all' ? who : toNumber(who, 'a process, or all, before the colon')
    return { type: 'act', process, act: parseAct(what) }
  }
  const [word = '', ...rest] = line.split(/\s+/)
  if (!(word in commandUsage)) {
    const known = Object.keys(commandUsage).join(', ')
    throw new CommandError(`expected a process and what it does ('1: load 64'), or one of ${known}; found '${word}'`)
  }
  const name = word as keyof typeof commandUsage
  const words = new Words(name, commandUsage[name], rest)
  const command = parseOther(name, words)
  words.end()
  return command
}

function parseOther(name: keyof typeof commandUsage, words: Words): Command {
  switch (name) {
    case 'cluster':
      return { type: 'cluster', ...parseShape(words) }
    case 'deliver':
      if (words.skip('all')) return { type: 'deliverAll' }
      return { type: 'deliver', from: words.number(), to: words.number() }
    case 'forge':
      return { type: 'forge', from: words.number(), to: words.number(), message: parseForged(words) }
    case 'messages':
    case 'count':
      return { type: name }
    case 'lock':
      return { type: 'lock', lock: words.number() }
    case 'pages':
    case 'intervals':
    case 'counters':
      return { type: name, node: words.number() }
  }
}

function parseAct(text: string): Act {
  const [word = '', ...rest] = text.split(/\s+/)
  if (!(word in actUsage)) {
    const known = Object.keys(actUsage).join(', ')
    throw new CommandError(`expected something that a process does, one of ${known}; found '${word}'`)
  }
  const type = word as Act['type']
  const words = new Words(type, actUsage[type], rest)
  const act = actOf(type, words)
  words.end()
  return act
}

function actOf(type: Act['type'], words: Words): Act {
  switch (type) {
    case 'load':
      return { type, place: words.place() }
    case 'store':
      return { type, place: words.place(), value: words.number(255) }
    case 'acquire':
    case 'release':
      return { type, lock: words.number() }
    case 'barrier':
      return { type, id: words.number() }
    case 'wait':
    case 'signal':
    case 'broadcast':
      return { type, lock: words.number(), cond: words.number() }
    case 'malloc':
      return { type, name: words.word(), bytes: words.number() }
    case 'free':
      return { type, name: words.word() }
    case 'distribute':
      return { type, value: words.number(255) }
    case 'end':
      return { type }
  }
}

/** Sizes that people can still read. */
const MAX_NODES = 16
const MAX_PAGES = 64
const MAX_PAGE_BYTES = 4096

function parseShape(words: Words): ClusterShape {
  const fields = words.fields(['nodes', 'pages', 'page-bytes', 'protocol'])
  const take = (name: string, usual: string, most: number): number => {
    const value = toNumber(fields.get(name) ?? usual, `${name}=N`)
    if (value < 1 || value > most) throw new CommandError(`expected ${name} from 1 to ${most}, found ${value}`)
    return value
  }
  const pageBytes = take('page-bytes', '64', MAX_PAGE_BYTES)
  if (pageBytes % 8 !== 0) throw new CommandError(`expected page-bytes to be a multiple of 8, found ${pageBytes}`)
  const protocol = fields.get('protocol') ?? 'treadmarks'
  if (!Object.hasOwn(protocols, protocol))
    throw new CommandError(`expected protocol to be one of ${Object.keys(protocols).join(', ')}, found '${protocol}'`)
  return { nodes: take('nodes', '2', MAX_NODES), pages: take('pages', '4', MAX_PAGES), pageBytes, protocol }
}
