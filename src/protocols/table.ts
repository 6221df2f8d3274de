/**
 * The coherence protocols by the name that they have on the command line and in an allocation. A new one is a file of its
 * own beside this one, and a line here.
 */
import type { CoherenceFactory } from '../core/coherence.js'
import { eagerInvalidate, eagerUpdate } from './eager.js'
import { homeLrc } from './home-lrc.js'
import { treadmarks } from './treadmarks.js'

/** The first is the default. */
export const protocols: Readonly<Record<string, CoherenceFactory>> = {
  treadmarks,
  'home-lrc': homeLrc,
  'eager-invalidate': eagerInvalidate,
  'eager-update': eagerUpdate,
}

const planned = ['ivy', 'munin', 'midway']

export const builtProtocols: readonly string[] = Object.keys(protocols)
export const knownProtocols: readonly string[] = [...builtProtocols, ...planned]
