/**
 * Messages that no correct node would send, for scenarios about broken rules: `forge 2 0 lockGrant lock=0
 * time=0,0,0 intervals=-`. An interval is written `1.1{0,2}@0,1,0` (creator and index, pages, time), a diff
 * that is wanted `1.1/0` (interval, page), a diff that is sent `1.1/0:000001` and so on (its bytes in
 * hexadecimal); several are joined by `;`, and `-` is none.
 */
import { intervalIndex, lockId, nodeId, pageId, procId } from '../../core/ids.js'
import type { Interval, Rider } from '../../core/interval.js'
import type { DiffName, Message, NamedDiff } from '../../core/messages.js'
import type { VectorTime } from '../../core/vector-time.js'
import { CommandError, toNumber, type Words } from './words.js'

/** The kinds that can be forged, and their fields. */
export const forgeUsage = {
  lockRequest: ['lock', 'node', 'time'],
  lockForward: ['lock', 'node', 'time'],
  lockGrant: ['lock', 'time', 'intervals'],
  condWake: ['lock', 'process'],
  arrive: ['barrier', 'time', 'intervals'],
  depart: ['time', 'intervals'],
  ended: ['process'],
  diffRequest: ['wants'],
  diffReply: ['diffs'],
  diffPush: ['diffs'],
} as const satisfies Partial<Record<Message['type'], readonly string[]>>

type Kind = keyof typeof forgeUsage

export function parseForged(words: Words): Message {
  const kind = words.word()
  if (!(kind in forgeUsage)) throw words.expected(`'${kind}'; a KIND is one of ${Object.keys(forgeUsage).join(', ')}`)
  const names = forgeUsage[kind as Kind]
  return message(kind as Kind, new Fields(kind, names, words.fields(names)))
}

function message(type: Kind, fields: Fields): Message {
  switch (type) {
    case 'lockRequest':
    case 'lockForward':
      return {
        type,
        lock: lockId(fields.number('lock')),
        requester: nodeId(fields.number('node')),
        time: fields.time(),
      }
    case 'lockGrant':
      return { type, lock: lockId(fields.number('lock')), rider: fields.rider(), sleepers: [] }
    case 'condWake':
      return { type, lock: lockId(fields.number('lock')), proc: procId(fields.number('process')) }
    case 'arrive':
      return { type, kind: 'barrier', id: fields.number('barrier'), rider: fields.rider(), payload: new Uint8Array(0) }
    case 'depart':
      return { type, rider: fields.rider(), payload: new Uint8Array(0) }
    case 'ended':
      return { type, proc: procId(fields.number('process')) }
    case 'diffRequest':
      return { type, wants: fields.list('wants', diffName) }
    case 'diffReply':
      return { type, diffs: fields.list('diffs', namedDiff) }
    case 'diffPush':
      return { type, diffs: fields.list('diffs', namedDiff).map((diff) => ({ ...diff, all: false })) }
  }
}

class Fields {
  constructor(
    private readonly kind: string,
    private readonly names: readonly string[],
    private readonly fields: ReadonlyMap<string, string>,
  ) {}

  number(name: string): number {
    return toNumber(this.text(name), `${name}=N`)
  }

  time(): VectorTime {
    return time(this.text('time'))
  }

  rider(): Rider {
    return { time: this.time(), intervals: this.list('intervals', interval) }
  }

  list<T>(name: string, parse: (text: string) => T): T[] {
    const text = this.text(name)
    return text === '-' ? [] : text.split(';').map(parse)
  }

  private text(name: string): string {
    const text = this.fields.get(name)
    if (text !== undefined) return text
    const all = this.names.map((each) => `${each}=…`).join(' ')
    throw new CommandError(`expected ${this.kind} with ${all}; ${name} is missing`)
  }
}

const list = (text: string, what: string): number[] => text.split(',').map((entry) => toNumber(entry, what))

const time = (text: string): VectorTime => Uint32Array.from(list(text, 'a time such as 0,1,0'))

function interval(text: string): Interval {
  const [, node, index, pages, at] = /^(\d+)\.(\d+)\{([\d,]*)\}@([\d,]+)$/.exec(text) ?? []
  if (pages === undefined || at === undefined) {
    throw new CommandError(`expected an interval such as 1.1{0,2}@0,1,0, found '${text}'`)
  }
  const named = { node: nodeId(Number(node)), index: intervalIndex(Number(index)) }
  return { ...named, pages: pages === '' ? [] : list(pages, 'a page').map(pageId), time: time(at) }
}

function diffName(text: string): DiffName {
  const [, node, index, page] = /^(\d+)\.(\d+)\/(\d+)$/.exec(text) ?? []
  if (page === undefined) throw new CommandError(`expected the name of a diff such as 1.1/0, found '${text}'`)
  return { node: nodeId(Number(node)), index: intervalIndex(Number(index)), page: pageId(Number(page)) }
}

function namedDiff(text: string): NamedDiff {
  const [name = '', hex = ''] = text.split(':', 2)
  if (!/^([0-9a-f]{2})*$/.test(hex)) throw new CommandError(`expected bytes in hexadecimal, found '${hex}'`)
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
  return { ...diffName(name), bytes }
}
