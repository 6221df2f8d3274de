/**
 * The coherence protocols by the name that they have on the command line and in an allocation. A new one is a file of its
 * own beside this one, and a line here.
 */
import { type CoherenceFactory, initialState } from '../core/coherence.js'
import type { PageState } from '../core/memory.js'
import { eagerInvalidate, eagerUpdate } from './eager.js'
import { homeLrc } from './home-lrc.js'
import { ivy, ivyDynamic } from './ivy.js'
import { treadmarks } from './treadmarks.js'

/** The first is the default. */
export const protocols: Readonly<Record<string, CoherenceFactory>> = {
  treadmarks,
  'home-lrc': homeLrc,
  'eager-invalidate': eagerInvalidate,
  'eager-update': eagerUpdate,
  ivy,
  'ivy-dynamic': ivyDynamic,
}

const planned = ['munin', 'midway']

export const builtProtocols: readonly string[] = Object.keys(protocols)
export const knownProtocols: readonly string[] = [...builtProtocols, ...planned]

/** In which pages begin. */
export const initialStateOf = (protocol: string): PageState => initialState(protocols[protocol] as CoherenceFactory)
