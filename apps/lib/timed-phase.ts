/** The phase whose time and messages count: its name stands in the statistics file. */
export const TIMED = 'timed'
