/**
 * What nobody catches, in words. They are made in the thread where it was thrown: what arrives of an error in another
 * thread may lack the most (of a DOMException everything), and some cannot be copied in a lifetime.
 */
import { inspect, types } from 'node:util'
import { errorTable, outOfDescriptors, type TreadMarksError } from '../errors.js'
import type { FailedReport } from './control.js'

/** What is to be told of an error. */
export type Problem = Pick<FailedReport, 'code' | 'message'> & Partial<Pick<FailedReport, 'stack' | 'remedy'>>

/** Calls `listener` with what is thrown and ends this thread's program. */
export function onUncaught(listener: (thrown: unknown) => void): void {
  process.on('uncaughtExceptionMonitor', (thrown) => {
    if (!isCaughtByProgram()) listener(thrown)
  })
}

/** Whether the program hears of what it has not caught, and goes on. */
export const isCaughtByProgram = (): boolean =>
  process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()

export function describeUncaught(thrown: unknown): Problem {
  try {
    return isError(thrown)
      ? describeError(thrown)
      : uncaughtValue(inspect(thrown, { maxStringLength: 1000, breakLength: 120 }))
  } catch {
    return uncaughtValue('one that throws when it is looked at')
  }
}

/** For a report: nothing when there is none. */
export function stackOf(error: unknown): { stack?: string } {
  if (!isError(error) || typeof error.stack !== 'string') return {}
  const { cause, errors } = error as Partial<AggregateError>
  const inner = cause === undefined ? '' : `\n[cause]: ${inspect(cause)}`
  return { stack: error.stack + inner + (errors === undefined ? '' : `\n[errors]: ${inspect(errors)}`) }
}

function describeError(error: Error): Problem {
  if (error.name === 'TreadMarksError') {
    const { code } = error as TreadMarksError
    return { code: code in errorTable ? code : 'ERR_TM_THREW', message: String(error.message), ...stackOf(error) }
  }
  const code = outOfDescriptors(error) ? 'ERR_TM_DESCRIPTORS' : 'ERR_TM_THREW'
  return { code, message: `uncaught ${error.name}: ${error.message}`, ...stackOf(error) }
}

const uncaughtValue = (shown: string): Problem => ({
  code: 'ERR_TM_THREW',
  message: `uncaught value: ${shown}`,
  remedy: 'Throw Error objects: their stack shows where.',
})

/** Of this realm or another. */
const isError = (value: unknown): value is Error => value instanceof Error || types.isNativeError(value)
