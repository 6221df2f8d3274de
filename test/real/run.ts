/**
 * Runs a program of a test through the real launcher and collects all that comes of it: output, exit code,
 * statistics. A program is written below out/, inside this package, so that it imports 'treadmarks' by name.
 * After every run no process of it may be left; a run that does not end in time is killed and fails its test.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SharedPage } from '../../src/cli/sharing.js'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** What is to be done when a test is over: node:test's context, or a stand-in where no test runs. */
export interface Scope {
  after(cleanUp: () => void): void
}

export type Counters = Readonly<Record<string, number>>
type Table = Readonly<Record<string, Counters>>
export interface Statistics {
  readonly nodes: number
  readonly total: Counters
  readonly perNode: readonly Counters[]
  readonly phases: Table
  readonly kinds: Table
  readonly allocations: Table
  readonly phaseKinds: Readonly<Record<string, Table>>
  readonly phaseAllocations: Readonly<Record<string, Table>>
  readonly pages: readonly SharedPage[]
  readonly sharing: Table
  readonly phasePages: Readonly<Record<string, readonly SharedPage[]>>
  readonly phaseSharing: Readonly<Record<string, Table>>
}
/** Of a run that has left no file. */
export const noStatistics: Statistics = {
  nodes: 0,
  total: {},
  perNode: [],
  phases: {},
  kinds: {},
  allocations: {},
  phaseKinds: {},
  phaseAllocations: {},
  pages: [],
  sharing: {},
  phasePages: {},
  phaseSharing: {},
}

export interface Spec {
  /** Nodes; undefined runs the program without the launcher. */
  readonly nodes?: number | undefined
  /** Path of the launcher's script, when it is not the real one. */
  readonly launcher?: string
  /** Options of the launcher, or of `node` when there is none. */
  readonly options?: readonly string[]
  /** Of the program. */
  readonly args?: readonly string[]
  /** File name of the program; its extension says what it is. */
  readonly file?: string
  /** Other files beside the program. */
  readonly files?: Readonly<Record<string, string>>
  /** At a terminal of its own; what is typed is said with `type`. */
  readonly terminal?: boolean
  /** In a process group of its own, as a shell starts it. */
  readonly group?: boolean
  /** All of its input; without it, and without the two below, there is none. */
  readonly stdin?: string | Uint8Array
  /** Its input is this descriptor. */
  readonly stdinFile?: number
  /** Its input begins with this and stays open. */
  readonly firstLine?: string
  readonly env?: Readonly<Record<string, string>>
  /** Directory of the program; by default a new one. */
  readonly directory?: string
  readonly timeoutMs?: number
}

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly lines: readonly string[]
  /** What the statistics file says. */
  readonly stats: Statistics
  /** Time from `since`, or the start of the run, to its end, ms. */
  readonly ms: number
}

/** What programs of tests begin with: `tm`, `assert`, and `fails`, which wants an error of one code and text. */
export const prelude = `
import * as tm from 'treadmarks'
import assert from 'node:assert/strict'
const { procId: me, nprocs: n } = tm
const fails = (code, text, body) =>
  assert.throws(body, (error) => {
    assert.ok(error instanceof tm.TreadMarksError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, text)
    assert.deepEqual([error.process, error.node], [me, tm.nodeId])
    assert.ok(error.remedy.length > 0)
    return true
  })
// Mulberry32: the same numbers everywhere.
const random = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
`

/** All of a run that must end well. */
export async function runs(t: Scope, text: string, spec: Spec = {}): Promise<Outcome> {
  const outcome = await new Run(t, text, spec).ended
  assert.equal(outcome.code, 0, described(outcome))
  return outcome
}

/** All of a run, however it ends. */
export const run = (t: Scope, text: string, spec: Spec = {}): Promise<Outcome> => new Run(t, text, spec).ended

/** A directory in the scope of this package, gone with the test. */
export function directory(t: Scope): string {
  mkdirSync(join(root, 'out'), { recursive: true })
  const path = mkdtempSync(join(root, 'out/test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const TIMEOUT_MS = 60_000
/** Time the last process of a run may take to vanish when its launcher has gone, ms. */
const LEAVE_MS = 3_000

export class Run {
  readonly ended: Promise<Outcome>
  /** The same without its output: others may have inherited it and hold it open. */
  readonly exited: Promise<{ readonly code: number | null }>
  /** Process id of the launcher. */
  readonly pid: number
  private readonly child: ChildProcess
  stdout = ''
  stderr = ''
  /** When that happened whose end is measured. */
  since = performance.now()
  private readonly mark = randomUUID()
  private waiting: (() => void)[] = []
  private over = false

  constructor(t: Scope, text: string, spec: Spec = {}) {
    const { file = 'program.mjs', nodes, options = [], args = [], timeoutMs = TIMEOUT_MS } = spec
    const launcher = spec.launcher ?? join(root, 'bin/treadmarks.js')
    const where = spec.directory ?? directory(t)
    const program = join(where, file)
    const statsFile = join(where, 'stats.json')
    for (const [name, content] of Object.entries({ ...spec.files, [file]: text }))
      writeFileSync(join(where, name), content)
    const start =
      nodes === undefined
        ? [...options, program]
        : [launcher, 'run', '-n', String(nodes), '--stats-file', statsFile, ...options, program]
    const command = [process.execPath, ...start, ...args]
    const terminal = ['script', '--quiet', '--return', '--command', command.join(' '), '/dev/null']
    const [executable = '', ...rest] = spec.terminal === true ? terminal : command
    this.child = spawn(executable, rest, {
      cwd: where,
      env: { ...process.env, ...spec.env, TEST_RUN: this.mark },
      detached: spec.group === true,
      stdio: [spec.stdinFile ?? 'pipe', 'pipe', 'pipe'],
    })
    this.pid = this.child.pid as number
    this.child.stdin?.on('error', () => {})
    if (spec.firstLine !== undefined) this.type(spec.firstLine)
    else if (spec.terminal !== true) this.child.stdin?.end(spec.stdin)
    this.collect()
    this.exited = new Promise((resolve) => this.child.once('exit', (code) => resolve({ code })))
    this.ended = this.end(statsFile, timeoutMs)
    // Awaited later, or never when the test has failed before.
    this.ended.catch(() => {})
    t.after(() => this.killAll())
  }

  /** Waits until the output so far matches. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const match = await this.saw(pattern)
    if (match === undefined)
      assert.fail(`the run ended without printing ${pattern}:\n${printed(this.stdout, this.stderr)}`)
    return match
  }

  /** The same of standard error. */
  async complained(pattern: RegExp): Promise<RegExpExecArray> {
    const match = await this.saw(pattern, 'stderr')
    if (match === undefined)
      assert.fail(`the run ended without complaining of ${pattern}:\n${printed(this.stdout, this.stderr)}`)
    return match
  }

  /** The same, but a run that ends without a match is no failure. */
  async saw(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray | undefined> {
    for (;;) {
      const match = pattern.exec(this[stream])
      if (match !== null) return match
      if (this.over) return undefined
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve)
      })
    }
  }

  /** Process ids of all that belong to this run and live. */
  alive(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => this.owns(pid))
      .sort((a, b) => a - b)
  }

  /** Whether this process belongs to the run and lives. */
  owns(pid: number): boolean {
    try {
      const zombie = /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
      return !zombie && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.mark)
    } catch {
      return false
    }
  }

  /** Reads no further, or goes on. */
  holdOutput(hold: boolean): void {
    this.child.stdout?.[hold ? 'pause' : 'resume']()
  }

  type(text: string): void {
    this.child.stdin?.write(text)
  }

  closeOutput(): void {
    this.child.stdout?.destroy()
  }

  /** The run's cause of death: time counts from here. */
  kill(pid: number, signal: NodeJS.Signals): void {
    this.since = performance.now()
    process.kill(pid, signal)
  }

  private collect(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        this[name] += chunk
        this.wake()
      })
    }
  }

  private wake(): void {
    const waiting = this.waiting
    this.waiting = []
    for (const resolve of waiting) resolve()
  }

  private async end(statsFile: string, timeoutMs: number): Promise<Outcome> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.killAll()
    }, timeoutMs)
    const closed = new Promise((resolve) => this.child.once('close', resolve))
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('exit', (...end) => resolve(end))
    })
    const ms = performance.now() - this.since
    await this.left()
    await closed
    clearTimeout(timer)
    this.over = true
    this.wake()
    const { stdout, stderr } = this
    assert.ok(!late, `the run did not end within ${timeoutMs} ms:\n${printed(stdout, stderr)}`)
    return { code, signal, stdout, stderr, lines: stdout.split('\n').slice(0, -1), stats: readStats(statsFile), ms }
  }

  /** Nothing may be left behind. */
  private async left(): Promise<void> {
    for (const end = performance.now() + LEAVE_MS; this.alive().length > 0; await pause(20)) {
      if (performance.now() < end) continue
      const rest = this.alive()
      this.killAll()
      assert.equal(
        rest.length,
        0,
        `processes ${rest.join(', ')} are left of the run:\n${printed(this.stdout, this.stderr)}`,
      )
    }
  }

  private killAll(): void {
    for (const pid of this.alive()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has gone by itself.
      }
    }
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

function readStats(path: string): Statistics {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Statistics
  } catch {
    return noStatistics
  }
}

export const described = ({ code, signal, stdout, stderr }: Outcome): string =>
  `exit code ${code}, signal ${signal}\n${printed(stdout, stderr)}`

/** Both outputs for a message, the end of each. */
const printed = (stdout: string, stderr: string): string =>
  `--- stdout\n${stdout.slice(-2000)}\n--- stderr\n${stderr.slice(-4000)}`

/** Lines of JSON, one from each process, in the order of processes; each has its `procId`. */
export function reports<T extends { readonly procId: number }>(outcome: Outcome): T[] {
  return outcome.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T)
    .sort((a, b) => a.procId - b.procId)
}

/** A counter of the statistics. */
export const total = ({ stats }: Outcome, name: string): number => stats.total[name] ?? Number.NaN
