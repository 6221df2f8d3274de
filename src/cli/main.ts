/**
 * The entry of the command line. `main` turns arguments into an exit code and prints help, version and errors; `cli` is what
 * the executable calls, with the descriptors of this process. Neither touches `process.stdout` or `process.stderr`; `outlet.ts`
 * says why.
 */
import { readFileSync } from 'node:fs'
import { compare } from '../compare/comparison.js'
import { errorTable, TreadMarksError } from '../errors.js'
import { helpText } from './help.js'
import { type LaunchIo, launch } from './launcher.js'
import { type Command, parseCommand } from './options.js'
import { flushed, openOutlet } from './outlet.js'

/** `argv` is what follows `treadmarks`. Resolves with the exit code when the run is over and all is printed. */
export async function main(argv: readonly string[], io: LaunchIo): Promise<number> {
  try {
    return await obey(parseCommand(argv), io)
  } catch (error) {
    if (!(error instanceof TreadMarksError)) throw error
    await print(io.stderr, `treadmarks: ${error.message}\n  ${error.code}: ${error.remedy}\n`)
    return errorTable[error.code].blame === 'usage' ? 2 : 1
  }
}

/** Runs the command line of this process and ends it. */
export async function cli(io: Partial<LaunchIo> = {}): Promise<never> {
  const exitCode = await main(process.argv.slice(2), { stdout: openOutlet(1), stderr: openOutlet(2), ...io })
  process.exit(exitCode)
}

async function obey(command: Command, io: LaunchIo): Promise<number> {
  switch (command.kind) {
    case 'run':
      return await launch(command.options, io)
    case 'compare':
      return await compare(command.options, io)
    case 'version':
      await print(io.stdout, `${version()}\n`)
      return 0
    case 'help':
      await print(io.stdout, helpText())
      return 0
    case 'nothing':
      await print(io.stderr, helpText())
      return 2
  }
}

async function print(stream: NodeJS.WritableStream, text: string): Promise<void> {
  stream.write(text)
  await flushed(stream)
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
