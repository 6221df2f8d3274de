/** The coherence protocols that can be simulated: all of them, by the name they have on the command line. */
import type { CoherenceFactory } from '../core/coherence.js'
import { protocols } from '../protocols/table.js'
import { usage } from './command-line.js'

export { protocols }

/** What each protocol promises. */
export const promises: Readonly<Record<string, string>> = {
  treadmarks: 'lrc',
  'home-lrc': 'lrc',
  'eager-invalidate': 'lrc',
  'eager-update': 'lrc',
  ivy: 'sc',
  'ivy-dynamic': 'sc',
}

/** What `--protocol` names. Throws ERR_TM_USAGE. */
export function protocolNamed(name: string): CoherenceFactory {
  const protocol = Object.hasOwn(protocols, name) ? protocols[name] : undefined
  if (protocol === undefined) throw usage(`--protocol '${name}': known are ${Object.keys(protocols).join(', ')}`)
  return protocol
}
