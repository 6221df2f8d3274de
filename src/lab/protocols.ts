/** The coherence protocols that can be simulated, by the name they have on the command line. */
import type { CoherenceFactory } from '../core/coherence.js'
import { treadmarks } from '../protocols/treadmarks.js'

export const protocols: Readonly<Record<string, CoherenceFactory>> = { treadmarks }
