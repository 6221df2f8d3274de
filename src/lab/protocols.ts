/** The coherence protocols that can be simulated, by the name they have on the command line: all of them, and several at once. */
import type { CoherenceFactory } from '../core/coherence.js'
import { protocols } from '../protocols/table.js'
import { usage } from './command-line.js'

export { protocols }

/** What stands in the place of a protocol's name where pages of one run obey different ones. */
export const MIXED = 'mixed'

/** Those that promise sequential consistency. */
const sequential: readonly string[] = ['ivy', 'ivy-dynamic']

/** The model by which a protocol is judged, also several together: lazy release consistency, unless it promises more. */
export const promiseOf = (protocol: string): 'sc' | 'lrc' => (sequential.includes(protocol) ? 'sc' : 'lrc')

/** What `--protocol` names. Throws ERR_TM_USAGE. */
export function protocolNamed(name: string): CoherenceFactory {
  const protocol = Object.hasOwn(protocols, name) ? protocols[name] : undefined
  if (protocol === undefined) throw usage(`--protocol '${name}': known are ${Object.keys(protocols).join(', ')}`)
  return protocol
}

export const isSimulated = (name: string): boolean => name === MIXED || Object.hasOwn(protocols, name)

/** Throws ERR_TM_USAGE for what `--protocol` must not name. */
export function mustBeSimulated(name: string): void {
  if (!isSimulated(name)) throw usage(`--protocol '${name}': known are ${simulatedNames()}`)
}

export const simulatedNames = (): string => [...Object.keys(protocols), MIXED].join(', ')
