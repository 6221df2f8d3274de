/**
 * The doors of a run: for each node a port of the test's, which the other nodes dial instead of the node's own
 * (node.mjs). What comes in is passed on, in both directions, as the plan of that connection says. A node that is
 * sent away calls again; then nothing more is done to its bytes.
 */
import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Random } from '../../src/sim/random.js'
import { GREETING_BYTES, readGreeting } from '../../src/wire/greeting.js'
import { Run, type Scope, type Spec } from '../real/run.js'
import { Flow } from './flow.js'
import type { Log } from './log.js'
import { type How, type Plan, smooth } from './plan.js'

const launcher = fileURLToPath(new URL('launcher.mjs', import.meta.url))

/** A connection of the run: its two sockets, and its two directions. */
interface Wire {
  readonly nodes: readonly [dialer: number, listener: number]
  /** Ours to the dialer and to the listener. */
  readonly near: Socket
  readonly far: Socket
  readonly up: Flow
  readonly down: Flow
}

const words: Readonly<Record<How, string>> = {
  reset: 'reset',
  close: 'closed on both sides',
  half: 'closed on one side',
}

/** The port on which a node itself listens, when it is known; undefined when it never will be. */
export type Behind = (node: number) => Promise<number | undefined>

/** `wires`: what happens in the connections that are not smooth, by `dialer-listener`. */
export type DoorsPlan = Partial<Pick<Plan, 'seed' | 'wires'>> & Pick<Plan, 'nodes'>

export class Doors {
  private readonly servers: Server[] = []
  private readonly sockets = new Set<Socket>()
  private readonly wires = new Map<string, Wire>()
  private open: (behind: Behind) => void = () => {}
  private readonly behind = new Promise<Behind>((resolve) => {
    this.open = resolve
  })

  private constructor(
    private readonly plan: DoorsPlan,
    private readonly log: Log,
  ) {}

  static async make(t: Scope, plan: DoorsPlan, log: Log): Promise<Doors> {
    const doors = new Doors(plan, log)
    t.after(() => doors.close())
    for (let node = 0; node < plan.nodes; node++) await doors.add(node)
    return doors
  }

  /** By node. */
  get ports(): number[] {
    return this.servers.map(portOf)
  }

  /** From now on what comes is let through. */
  lead(behind: Behind): void {
    this.open(behind)
  }

  /** A run through the launcher, its nodes behind these doors. */
  run(t: Scope, text: string, spec: Spec): Run {
    const env = { ...spec.env, TEST_DOORS: JSON.stringify(this.ports) }
    const run = new Run(t, text, { ...spec, nodes: this.servers.length, launcher, env })
    this.lead(async (node) => {
      const match = await run.saw(new RegExp(`^@${node} listens at (\\d+)$`, 'm'))
      return match && Number(match[1])
    })
    return run
  }

  /** Cuts the connection of two nodes now, at the sockets of both. */
  cut(one: number, other: number, how: How): void {
    const wire = this.wires.get(`${Math.max(one, other)}-${Math.min(one, other)}`)
    assert.ok(wire !== undefined, `nodes ${one} and ${other} are not connected`)
    this.sever(wire, how, wire.up)
  }

  private async add(node: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      this.keep(near)
      void this.admit(node, near)
    })
    this.servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }

  /** Who dials says so in its greeting. */
  private async admit(listener: number, near: Socket): Promise<void> {
    let first = Buffer.alloc(0)
    while (first.length < GREETING_BYTES) {
      const chunk = await new Promise<Buffer | undefined>((resolve) => {
        near.once('data', resolve)
        for (const over of ['end', 'close']) near.once(over, () => resolve(undefined))
      })
      if (chunk === undefined) return
      first = Buffer.concat([first, chunk])
    }
    near.pause()
    const port = await (await this.behind)(listener)
    if (port === undefined) return void near.destroy()
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.keep(far)
    this.join(readGreeting(first).node, listener, near, far).up.take(first)
    near.resume()
  }

  private join(dialer: number, listener: number, near: Socket, far: Socket): Wire {
    const name = `${dialer}-${listener}`
    const plan = (this.wires.has(name) ? undefined : this.plan.wires?.get(name)) ?? { up: smooth, down: smooth }
    const flow = (up: boolean): Flow => {
      const [source, sink] = up ? [near, far] : [far, near]
      const random = new Random(this.plan.seed ?? 0, 2 * (dialer * 256 + listener) + (up ? 1 : 0))
      const arrow = up ? `${dialer} → ${listener}` : `${listener} → ${dialer}`
      const cut = (how: How, at: Flow): void => this.sever(wire, how, at)
      return new Flow(source, sink, up ? plan.up : plan.down, random, cut, (what) =>
        this.log.note(`connection ${arrow} ${what}`),
      )
    }
    const wire: Wire = { nodes: [dialer, listener], near, far, up: flow(true), down: flow(false) }
    this.wires.set(name, wire)
    return wire
  }

  private sever({ nodes, near, far, up, down }: Wire, how: How, at: Flow): void {
    const [dialer, listener] = nodes
    const bytes = `after ${up.passed} bytes up and ${down.passed} down`
    this.log.harm({ what: 'cut', nodes, how }, `connection ${dialer}–${listener} ${words[how]} ${bytes}`)
    if (how === 'half') {
      at.stop()
      ;(at === up ? far : near).end()
      return
    }
    for (const flow of [up, down]) flow.stop()
    for (const socket of [near, far]) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.end()
    }
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.sockets.delete(socket))
  }

  private close(): void {
    for (const server of this.servers) server.close()
    for (const socket of this.sockets) socket.destroy()
  }
}

function portOf(server: Server): number {
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}
