/**
 * `treadmarks compare`: a program under several protocols, one run after the other, so that they do not take processors from
 * each other. Each is told of when it begins, and when it fails; at the end there is one table, and with --json and --chart
 * the same in files, which are tried before anything is run.
 */
import { basename } from 'node:path'
import { signalExitCode } from '../cli/failure.js'
import type { CompareOptions } from '../cli/options.js'
import { flushed } from '../cli/outlet.js'
import { OutputFile } from '../cli/output-file.js'
import { counted, shownName } from '../cli/text-table.js'
import { ABORT_MS } from '../limits.js'
import { chart } from './chart.js'
import { Interruption } from './interruption.js'
import { MAX_SHOWN } from './lines.js'
import { numbers } from './numbers.js'
import { type Result, Results } from './result.js'
import { table } from './table.js'
import { Trial } from './trial.js'

export interface CompareIo {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}

/**
 * Resolves with the exit code when no process of it is left: 0 when all runs ended well and printed the same lines, 1 when
 * not, 128 + signal when it was interrupted. Rejects only before anything was run, with a TreadMarksError.
 */
export async function compare(options: CompareOptions, io: CompareIo): Promise<number> {
  const files = outputFiles(options)
  const interruption = new Interruption((message) => io.stderr.write(message))
  try {
    const results = await runAll(options, interruption, io)
    const exitCode =
      interruption.signal === undefined
        ? await Promise.race([tell(options, results, files, io), interruption.whileIdle])
        : undefined
    if (interruption.signal === undefined) return exitCode ?? 1
    // A reader that has stopped reading does not keep somebody who wants to leave.
    await Promise.race([flushed(io.stderr), pause(ABORT_MS)])
    return signalExitCode(interruption.signal)
  } finally {
    interruption.stop()
  }
}

interface OutputFiles {
  readonly option: string
  readonly path: string
  readonly file: OutputFile
  text(options: CompareOptions, results: Results): string
}

function outputFiles({ json, chart: svg }: CompareOptions): readonly OutputFiles[] {
  const asked = [
    { option: '--json', path: json, text: numbers },
    { option: '--chart', path: svg, text: (options: CompareOptions, { all }: Results) => chart(title(options), all) },
  ]
  return asked.flatMap(({ path, ...one }) =>
    path === undefined ? [] : [{ ...one, path, file: new OutputFile(one.option, path) }],
  )
}

async function runAll(options: CompareOptions, interruption: Interruption, io: CompareIo): Promise<Results> {
  const results = new Results()
  for (const protocol of options.protocols) {
    io.stderr.write(`treadmarks: running under ${protocol} …\n`)
    const end = await interruption.during(new Trial(protocol, options))
    if (interruption.signal !== undefined) break
    const result = results.add(end)
    if (result.exitCode !== 0) io.stderr.write(failure(result))
  }
  return results
}

/** The table first, so that it is there even if a file fails. */
async function tell(
  options: CompareOptions,
  results: Results,
  files: readonly OutputFiles[],
  io: CompareIo,
): Promise<number> {
  let exitCode = results.isGood ? 0 : 1
  const lost = (error: NodeJS.ErrnoException): void => {
    // Who reads no further has seen enough.
    if (error.code === 'EPIPE') return
    io.stderr.write(`treadmarks: the table could not be written: ${error.message}\n`)
    exitCode = 1
  }
  io.stdout.once('error', lost)
  io.stdout.write(table(title(options), results))
  await flushed(io.stdout)
  for (const { option, path, file, text } of files) {
    try {
      await file.write(text(options, results))
    } catch (error) {
      io.stderr.write(`treadmarks: ${option} ${path} could not be written: ${(error as Error).message}\n`)
      exitCode = 1
    }
  }
  await flushed(io.stderr)
  return exitCode
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

const title = ({ program, args, nodes }: CompareOptions): string =>
  `${[basename(program), ...args].join(' ')}, ${counted(nodes, 'node')}`

/** Lines of a failed run that are shown. */
const LAST_LINES = 12

function failure({ protocol, exitCode, stderr }: Result): string {
  const lines = stderr.trimEnd().split('\n').slice(-LAST_LINES)
  const said = stderr.trim() === '' ? ' and said nothing' : '; the last it said was'
  const shown = stderr.trim() === '' ? [] : lines.map((line) => `  | ${shownName(line, MAX_SHOWN)}\n`)
  return `treadmarks: the run under ${protocol} failed with exit code ${exitCode}${said}\n${shown.join('')}`
}
