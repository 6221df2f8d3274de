/**
 * A child process of Node whose lines are heard as they come. One that says nothing for a long time is ended, so
 * that no bug, however it hangs, holds up the others.
 */
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'

const SILENCE_MS = 120_000

/** Runs Node with these arguments; returns why the child did not end with 0, or undefined when it did. */
export function listen(args: readonly string[], hear: (line: string) => void): Promise<string | undefined> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let silent = false
    const watch = setTimeout(() => {
      silent = true
      child.kill('SIGKILL')
    }, SILENCE_MS)
    for (const stream of [child.stdout, child.stderr]) {
      eachLine(stream, (line) => {
        watch.refresh()
        hear(line)
      })
    }
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(watch)
      if (silent) resolve(`said nothing for ${SILENCE_MS / 1000} s`)
      else resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`)
    })
  })
}

function eachLine(stream: Readable, hear: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() as string
    for (const line of lines) hear(line)
  })
  stream.on('end', () => {
    if (rest !== '') hear(rest)
  })
}
