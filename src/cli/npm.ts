/**
 * The npm or npx that has started the launcher, often with a shell between them. When it is killed it cannot pass that
 * on, and the launcher would go on with nobody there to stop it. So the launcher watches it and takes its end for an
 * interruption. Who has started the launcher in any other way may go: a run in the background must not end with its shell.
 */
import { readFileSync } from 'node:fs'

/** Between two looks, ms. */
const LOOK_MS = 250
/** Shells between npm and us. */
const MOST_BETWEEN = 4

interface Process {
  readonly pid: number
  readonly parent: number
  /** Kernel's ticks since its start: tells it from a later one with its number. */
  readonly started: string
}

/** Calls `gone` once when the npm that has started us has ended. Stops with the function it gives back. */
export function watchNpm(env: NodeJS.ProcessEnv, gone: () => void): () => void {
  const npm = env.npm_execpath === undefined ? undefined : findNpm()
  if (npm === undefined) return () => {}
  const timer = setInterval(() => {
    if (look(npm.pid)?.started === npm.started) return
    clearInterval(timer)
    gone()
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

function findNpm(): Process | undefined {
  let pid = process.ppid
  for (let between = 0; between <= MOST_BETWEEN; between++) {
    const found = look(pid)
    if (found === undefined || isNpm(pid)) return found
    pid = found.parent
  }
  return undefined
}

/** npm writes its command over its command line, as "npm exec treadmarks run"; before that it is the script's path. */
function isNpm(pid: number): boolean {
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  return /^np[mx]\b|\/np[mx](-cli\.js)?\0/.test(commandLine)
}

/** Undefined when there is no such process, or it has ended and only its parent does not know. */
function look(pid: number): Process | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    const [state, parent, started = ''] = [fields[0], Number(fields[1]), fields[19]]
    return state === 'Z' ? undefined : { pid, parent, started }
  } catch {
    return undefined
  }
}
