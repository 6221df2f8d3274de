/**
 * A program thread: prepares what the user's module expects of a process (input, output, argv, a TypeScript
 * loader, its backend), and runs it. The thread ends when the module has settled and its event loop is empty.
 */
import Module from 'node:module'
import { pathToFileURL } from 'node:url'
import { workerData } from 'node:worker_threads'
import { Api, offerApi } from './api.js'
import { binding } from './binding.js'
import { CallRow, Word } from './calls.js'
import { LastWords } from './last-words.js'
import { Member } from './member.js'
import type { ProgramSetup } from './node-setup.js'
import { bindProgram } from './processor.js'
import { isCommonJs, located } from './program-file.js'
import { useStdin } from './stdin.js'
import { useSyncStdio } from './stdio.js'

const setup = workerData as ProgramSetup
const row = new CallRow(setup.buffers.calls, setup.slot)
const lastWords = new LastWords(setup.lastWords, process.exit)
const member = new Member(setup)

bindProgram(binding(), setup.numbers, setup.slot)
useSyncStdio({ mustHaveRoom: () => member.mustHaveRoom(), lost: (error) => lastWords.die(error) })
if (member.place.procId === 0) useStdin()
tellExits()
process.argv[1] = setup.program
offerApi(new Api(member))
if (/\.m?ts$/.test(setup.program)) {
  // Always tsx, so that a program means the same on every Node (newer ones refuse `enum`).
  const [{ register: registerEsm }, { register: registerCjs }] = await Promise.all([
    import('tsx/esm/api'),
    import('tsx/cjs/api'),
  ])
  registerCjs()
  registerEsm()
}
// With import, `require.main === module` would be false, and many programs in CommonJS begin with that question.
if (isCommonJs(setup.program)) Module.runMain(setup.program)
else await importProgram(pathToFileURL(setup.program).href)
row.set(Word.SETTLED, 1)

async function importProgram(url: string): Promise<void> {
  try {
    await import(url)
  } catch (error) {
    throw located(error, setup.program)
  }
}

/** A program that exits before its module has settled has its reasons. */
function tellExits(): void {
  const { exit } = process
  // As it was called: without an argument `process.exitCode` counts, with `undefined` it does not.
  process.exit = (...code) => {
    row.set(Word.EXITS, 1)
    return exit(...code)
  }
}
