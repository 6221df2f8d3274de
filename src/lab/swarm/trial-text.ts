/**
 * A trial as text, so that a failure can be kept, read and shown again. The head says what is simulated and how
 * it goes; then come the phases, each with one line for each section: `process: operation | operation | …`.
 */
import type { Operation } from '../../sim/operation.js'
import type { Fault } from '../../sim/plan.js'
import type { Trial } from './trial.js'

/** Each operation's words after its name, in this order. */
export const operationWords: { readonly [T in Operation['type']]: readonly string[] } = {
  load: ['address'],
  store: ['address', 'value'],
  acquire: ['lock'],
  release: ['lock'],
  tryAcquire: ['lock', 'skip'],
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
  allocUnder: ['block', 'bytes', 'protocol'],
  distribute: ['value'],
  send: ['to', 'value'],
  recv: ['from'],
}
export const faultWords: { readonly [T in Fault['type']]: readonly string[] } = {
  clog: ['at', 'from', 'to', 'lasts'],
  pause: ['at', 'node', 'lasts'],
  stall: ['at', 'chance', 'lasts'],
  cut: ['at', 'a', 'b'],
  kill: ['at', 'node'],
}

export type Values = Readonly<Record<string, number | boolean | string>>

export function printTrial({ setup, story }: Trial): string {
  const { plan } = setup
  const { network } = plan
  const lines = [
    `kind ${setup.kind}`,
    `protocol ${setup.protocol}`,
    ...((setup.dealt ?? []).length === 0 ? [] : [`dealt ${setup.dealt?.join(' ')}`]),
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
  sentence(operation.type, operationWords[operation.type], operation)

function sentence(name: string, keys: readonly string[], values: object): string {
  return [name, ...keys.map((key) => String((values as Values)[key]))].join(' ')
}
