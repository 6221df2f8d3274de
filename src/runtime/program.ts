/**
 * A program thread: prepares what the user's module expects of a process (output, argv, a TypeScript loader,
 * its backend), and imports it. The thread ends when the module has settled and its event loop is empty.
 */
import { createReadStream } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { workerData } from 'node:worker_threads'
import { offerBackend } from './backend.js'
import { binding } from './binding.js'
import { Member } from './member.js'
import type { ProgramSetup } from './node-setup.js'
import { useSyncStdio } from './stdio.js'

const setup = workerData as ProgramSetup
const member = new Member(setup)

if (process.env.TM_BIND && binding().processorCount() >= member.place.nprocs)
  binding().bindProcessor(member.place.procId)
useSyncStdio()
if (member.place.procId === 0) openStdin()
process.argv[1] = setup.program
offerBackend(member)
if (/\.m?ts$/.test(setup.program)) {
  // Always tsx, so that a program means the same on every Node (newer ones refuse `enum`).
  const [{ register: registerEsm }, { register: registerCjs }] = await Promise.all([
    import('tsx/esm/api'),
    import('tsx/cjs/api'),
  ])
  registerCjs()
  registerEsm()
}
await import(pathToFileURL(setup.program).href)

/** Opened on first use only: a program that reads descriptor 0 itself must find all of it. */
function openStdin(): void {
  let stdin: NodeJS.ReadableStream | undefined
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    enumerable: true,
    get: () => {
      stdin ??= createReadStream('', { fd: 0, autoClose: false })
      return stdin
    },
  })
}
