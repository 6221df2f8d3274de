/**
 * The secret of one run. Whoever knows it may write into the memory of every node, so it is made anew for each run,
 * travels only over the control channel, and stands in no command line, environment or file.
 */
import { randomBytes } from 'node:crypto'
import { SECRET_BYTES } from '../limits.js'

export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex')
}
