/**
 * The launcher: one run from the check of its options to its exit code. It stands between the run and the operating system:
 * signals reach the run through it, statistics are told at the end, and when the promise resolves no process is left and all
 * output has been passed on.
 */
import { fileURLToPath } from 'node:url'
import { TreadMarksError } from '../errors.js'
import { ABORT_MS } from '../limits.js'
import { DiagramFile } from './diagram-file.js'
import { watchNpm } from './npm.js'
import type { RunOptions } from './options.js'
import { flushed } from './outlet.js'
import { recordFolder } from './record-folder.js'
import { Run, type RunIo } from './run.js'
import { StatsFile } from './stats-file.js'
import { statsTable } from './stats-table.js'

/** Streams, and what tests put in the place of the real thing: script of the node, environment, time limit. */
export type LaunchIo = Pick<RunIo, 'stdout' | 'stderr'> & Partial<RunIo>

/**
 * Runs a program and resolves with the exit code, when every process of the run is gone. Rejects only before anything was
 * started, with a TreadMarksError.
 */
export async function launch(options: RunOptions, io: LaunchIo): Promise<number> {
  const statsFile = options.statsFile === undefined ? undefined : new StatsFile(options.statsFile)
  const record = options.record === undefined ? undefined : recordFolder(options.record)
  const diagram = options.diagram === undefined ? undefined : new DiagramFile(options.diagram, record, options)
  const run = new Run(
    { ...options, record: diagram?.folder ?? record },
    { nodeMain: builtNodeMain, env: process.env, ...io },
  )
  const watch = watchSignals(run)
  const stopWatching = watchNpm(process.env, () => run.interrupt('SIGHUP', 'npm, which has started this, has gone'))
  try {
    run.start()
    await run.over
    // A reader that has stopped reading holds us up, as it would any program, but not somebody who wants to leave.
    const enough = run.interrupted ? Promise.race([watch.signalAfterEnd, pause(ABORT_MS)]) : watch.signalAfterEnd
    await Promise.race([enough, run.drained()])
    const exitCode = await tell(run, options, { statsFile, diagram }, io, enough)
    await Promise.race([enough, Promise.all([flushed(io.stdout), flushed(io.stderr)])])
    return exitCode
  } finally {
    watch.stop()
    stopWatching()
    diagram?.close()
  }
}

/** The same from the sources and from the built package. */
const builtNodeMain = fileURLToPath(new URL('../../dist/runtime/node-entry.js', import.meta.url))

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

interface SignalWatch {
  /** Resolves when somebody interrupts us although the run is over. */
  readonly signalAfterEnd: Promise<void>
  stop(): void
}

function watchSignals(run: Run): SignalWatch {
  let over = false
  let tell: () => void = () => {}
  const signalAfterEnd = new Promise<void>((resolve) => {
    tell = resolve
  })
  run.over.then(() => {
    over = true
  })
  const listener = (signal: NodeJS.Signals): void => {
    if (over) tell()
    else run.interrupt(signal)
  }
  // Should the launcher itself crash, it takes the nodes along.
  const killAll = (): void => run.killAll()
  for (const signal of signals) process.on(signal, listener)
  process.on('exit', killAll)
  return {
    signalAfterEnd,
    stop: () => {
      for (const signal of signals) process.removeListener(signal, listener)
      process.removeListener('exit', killAll)
    },
  }
}

interface Files {
  readonly statsFile: StatsFile | undefined
  readonly diagram: DiagramFile | undefined
}

/** What was asked for, whatever the outcome. It does not change the outcome unless it is lost. */
async function tell(
  run: Run,
  options: RunOptions,
  { statsFile, diagram }: Files,
  io: LaunchIo,
  enough: Promise<void>,
): Promise<number> {
  const { statistics, exitCode } = run
  if (options.stats) io.stderr.write(statsTable(statistics))
  let lost = false
  const keep = async (what: string, write: () => Promise<void> | void): Promise<void> => {
    try {
      const writing = write()
      if (writing !== undefined) await Promise.race([writing, enough.then(givenUp)])
    } catch (error) {
      lost = true
      const reason = error instanceof Error ? error.message : String(error)
      const remedy = error instanceof TreadMarksError ? `\n  ${error.code}: ${error.remedy}` : ''
      io.stderr.write(`treadmarks: ${what} could not be written: ${reason}${remedy}\n`)
    }
  }
  if (statsFile !== undefined) await keep(`--stats-file ${options.statsFile}`, () => statsFile.write(statistics))
  if (diagram !== undefined) await keep(`--diagram ${options.diagram}`, () => diagram.write())
  return exitCode || (lost ? 1 : 0)
}

function givenUp(): never {
  throw new Error('the launcher was told to end')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
