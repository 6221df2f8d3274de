/** A program that is run for what it prints. One that hangs is ended after a limit. */
import { spawn } from 'node:child_process'

/** A child that takes longer hangs, ms. */
const LIMIT_MS = 600_000
/** What it then has to end those that it started, ms. */
const GRACE_MS = 5000

/** Rejects, with what it said on standard error, when it fails. */
export function output(program: string, args: readonly string[], limitMs = LIMIT_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [text, errors, late] = ['', '', false]
    const timers = [
      setTimeout(() => {
        late = true
        child.kill('SIGTERM')
      }, limitMs),
      setTimeout(() => child.kill('SIGKILL'), limitMs + GRACE_MS),
    ]
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk
    })
    const ended = (): void => timers.forEach(clearTimeout)
    child.once('error', (error) => {
      ended()
      reject(error)
    })
    child.once('close', (code) => {
      ended()
      if (code === 0 && !late) return resolve(text)
      const why = late ? `had not ended after ${limitMs / 1000} s` : `ended with ${code ?? 'a signal'}`
      reject(new Error(`${[program, ...args].join(' ')} ${why}: ${errors}`))
    })
  })
}
