/** The coherence protocols that can be simulated, by the name they have on the command line. */
import type { CoherenceFactory } from '../core/coherence.js'
import { treadmarks } from '../protocols/treadmarks.js'
import { usage } from './command-line.js'

export const protocols: Readonly<Record<string, CoherenceFactory>> = { treadmarks }

/** What `--protocol` names. Throws ERR_TM_USAGE. */
export function protocolNamed(name: string): CoherenceFactory {
  const protocol = protocols[name]
  if (protocol === undefined) throw usage(`--protocol '${name}': known are ${Object.keys(protocols).join(', ')}`)
  return protocol
}
