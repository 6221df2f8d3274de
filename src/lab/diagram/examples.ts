/**
 * The diagrams of docs/diagrams.md: one small program, kept as a trial in docs/diagrams/program.txt, simulated under
 * each protocol of the table. The same program and protocol give the same bytes.
 */
import { join } from 'node:path'
import { paint } from '../../diagram/paint.js'
import { TreadMarksError } from '../../errors.js'
import { describeFailure } from '../swarm/report.js'
import { runTrial } from '../swarm/trial.js'
import { readTrial } from '../swarm/trial-file.js'
import { Film } from './film.js'

export const examplesFolder = join('docs', 'diagrams')
export const exampleFile = (protocol: string): string => join(examplesFolder, `${protocol}.svg`)

/** `root`: of the package. Throws when the run is not as it should be. */
export function exampleOf(protocol: string, root = '.'): string {
  const { setup, story } = readTrial(join(root, examplesFolder, 'program.txt'))
  const film = new Film(`${protocol}: two writers of one page, then a counter under a lock`, { ...setup, protocol })
  const { failure } = runTrial({ setup: { ...setup, protocol }, story }, undefined, film)
  if (failure !== undefined) throw new TreadMarksError('ERR_TM_INTERNAL', `${protocol}: ${describeFailure(failure)}`)
  return paint(film.timeline())
}
