/**
 * How much a test of the proof does: a sample in a plain `npm test`, all that is asked for where TM_PROOF is
 * `full`, as in continuous integration. Both take the same seeds from the beginning, so a failure of the sample
 * is one of the whole.
 */
export function amount(sample: number, full: number): number {
  return process.env.TM_PROOF === 'full' ? full : sample
}
