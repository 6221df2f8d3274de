/**
 * What the launcher starts. It loads the node, and tells the launcher when not even that can be done: loading opens many
 * files at a time.
 */
import { errorTable, outOfDescriptors } from '../errors.js'
import type { FailedReport } from './control.js'

try {
  await import('./node-main.js')
} catch (error) {
  if (process.send === undefined || !outOfDescriptors(error)) throw error
  const code = 'ERR_TM_DESCRIPTORS'
  const report: Omit<FailedReport, 'node'> = {
    type: 'failed',
    code,
    message: `the node cannot be loaded: ${(error as Error).message}`,
    remedy: errorTable[code].remedy,
    exitCode: 1,
  }
  process.send(report, undefined, undefined, () => process.exit(1))
}
