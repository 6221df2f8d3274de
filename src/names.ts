/** Names that both the command line and the program may give, built yet or only planned. */

/** Coherence protocols; the first is the default. */
export const knownProtocols: readonly string[] = [
  'treadmarks',
  'ivy',
  'eager-invalidate',
  'eager-update',
  'home-lrc',
  'munin',
  'midway',
]
