/** Larger and larger clusters: the programs read what they must, the numbers are of the run, and growth is named. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Checker } from '../../src/check/checker.js'
import type { Coherence, CoherenceFactory } from '../../src/core/coherence.js'
import { intervalIndex, lockId, nodeId, pageId } from '../../src/core/ids.js'
import type { Interval } from '../../src/core/interval.js'
import type { Message } from '../../src/core/messages.js'
import { type Command, parse } from '../../src/lab/command-line.js'
import { Cargo } from '../../src/lab/scale/cargo.js'
import { panels } from '../../src/lab/scale/chart.js'
import { exponents, faster } from '../../src/lab/scale/growth.js'
import { type Measurement, measure, quantityNames, total } from '../../src/lab/scale/measure.js'
import { type ProgramName, programs } from '../../src/lab/scale/programs.js'
import { amountOf, type Component, type Quantity } from '../../src/lab/scale/quantity.js'
import { scale } from '../../src/lab/scale/scale.js'
import { svgChart } from '../../src/lab/scale/svg-chart.js'
import { breakdown, findings, growthRows, rowOf } from '../../src/lab/scale/table.js'
import { textChart } from '../../src/lab/scale/text-chart.js'
import { treadmarks } from '../../src/protocols/treadmarks.js'
import { calm } from '../../src/sim/plan.js'
import { type Outcome, World } from '../../src/sim/world.js'
import { ByteWriter } from '../../src/wire/bytes.js'
import { writeFrame } from '../../src/wire/frame.js'

const names = Object.keys(programs) as ProgramName[]
const grown = (name: ProgramName, sizes: number[]): Measurement[] =>
  sizes.map((nodes) => measure(programs[name](nodes), treadmarks))

/** The same run, step by step as in any other simulation: all bytes travel, and threads overtake each other. */
function checked(name: ProgramName, nodes: number): { outcome: Outcome; accesses: number } {
  const { pages, pageBytes, operations } = programs[name](nodes)
  const checker = new Checker(nodes, pages * pageBytes, { raceFree: true })
  const shape = { nodes, threads: 1, pages, pageBytes, coherence: treadmarks }
  return { outcome: new World(shape, calm(nodes, 1), operations, checker).run(), accesses: checker.checked }
}

describe('the programs', () => {
  for (const name of names) {
    test(`${name} has no races, reads what it must, and does what it says`, () => {
      for (const nodes of [2, 4, 16]) {
        const { outcome, accesses } = checked(name, nodes)
        assert.equal(outcome.end, 'finished')
        assert.equal(accesses, measure(programs[name](nodes), treadmarks).work)
      }
    })
  }

  test('the work of a node stays the same where it should: two borders at most, one record', () => {
    const work = (name: ProgramName, proc: number, nodes: number): number =>
      programs[name](nodes).operations[proc]?.length ?? 0
    assert.equal(work('sor', 3, 8), work('sor', 3, 64))
    assert.equal(work('lock', 3, 8), work('lock', 3, 64))
    // Everybody looks at everybody: one load more for each node, in each round.
    assert.equal(work('all', 3, 64) - work('all', 3, 8), 2 * (64 - 8))
  })

  test('a store changes its byte, so that diffs have the size they should', () => {
    for (const name of ['sor', 'all'] as const) {
      const last = new Map<number, number>()
      for (const operation of programs[name](4).operations.flat()) {
        if (operation.type !== 'store') continue
        assert.notEqual(operation.value, last.get(operation.address))
        last.set(operation.address, operation.value)
      }
      assert.ok(last.size > 0)
    }
  })
})

describe('a measurement', () => {
  test('a protocol that forgets is found: a value is wrong', () => {
    const forgets: CoherenceFactory = (context) => {
      const real = treadmarks(context)
      const acquire: Coherence['acquire'] = (from, { time, intervals }) =>
        real.acquire(from, { time, intervals: intervals.map((one) => ({ ...one, pages: [] })) })
      return new Proxy(real, {
        get: (_, method: keyof Coherence) =>
          method === 'acquire' ? acquire : (real[method] as () => unknown).bind(real),
      })
    }
    for (const name of names) {
      assert.throws(() => measure(programs[name](4), forgets), { name: 'Violation', kind: 'wrong value' })
    }
  })

  test('is the same each time, and another with another seed', () => {
    for (const name of names) {
      assert.deepEqual(grown(name, [4, 8]), grown(name, [4, 8]))
      assert.notDeepEqual(measure(programs.lock(8), treadmarks, 2), measure(programs.lock(8), treadmarks, 1))
    }
  })

  test('its components add up to what the simulator counted', () => {
    for (const name of names) {
      const { pages, pageBytes, operations } = programs[name](8)
      const measurement = measure(programs[name](8), treadmarks)
      const plan = { ...calm(8, 1), burst: 64, interrupt: 0 }
      const whole = { ...plan, network: { ...plan.network, whole: true } }
      const shape = { nodes: 8, threads: 1, pages, pageBytes, coherence: treadmarks }
      const world = new World(shape, whole, operations, new Checker(8, pages * pageBytes, { raceFree: true }))
      const outcome = world.run()
      assert.equal(total(measurement, 'messages'), outcome.messages)
      assert.equal(Math.round(total(measurement, 'bytes')), outcome.bytes)
      assert.equal(Math.round(total(measurement, 'largest queue')), outcome.largestQueue)
      const kept = world.nodes.map(({ core }) => core.footprint())
      const bytes = kept.map(
        (one) => one.timeBytes + 8 * one.intervals + 4 * one.notices + 12 * one.diffs + one.diffBytes,
      )
      assert.equal(Math.round(total(measurement, 'memory per node')), Math.round(bytes.reduce((a, b) => a + b) / 8))
    }
  })
})

describe('the parts of a message', () => {
  const interval = (node: number, time: number[], pages: number[]): Interval => ({
    node: nodeId(node),
    index: intervalIndex(time[node] as number),
    time: Uint32Array.from(time),
    pages: pages.map(pageId),
  })
  const bytesOf = (message: Message): number => writeFrame(new ByteWriter(), message).length
  const load = (...messages: Message[]): Record<string, number[]> => {
    const cargo = new Cargo()
    for (const message of messages) cargo.add(message, bytesOf(message))
    return Object.fromEntries(cargo.bytes().map(({ name, factors }) => [name, factors.map(({ value }) => value)]))
  }

  test('a departure: header and payload, a time, intervals with their times, notices', () => {
    const intervals = [interval(0, [4, 4, 3], [1, 2, 3]), interval(1, [3, 5, 3], [7, 9])]
    const rider = { time: Uint32Array.of(4, 5, 3), intervals }
    assert.deepEqual(load({ type: 'depart', rider, payload: new Uint8Array(6) }), {
      'depart times': [1, 1, 3],
      // Its node, then what differs: in one entry from the rider's time, in two from the one before; zeros come as runs.
      'depart intervals': [1, 2, (1 + (2 + 1 + 2) + 1 + (1 + 1 + 2)) / 2],
      // One run of three pages, and two of one: a count, and gap and length of each run.
      'depart notices': [1, 5, (1 + 2 + 1 + 4) / 5],
      'depart rest': [1, 1, 5 + 1 + 7],
    })
  })

  test('diffs: their names, and their bytes; of several messages the mean', () => {
    const diff = (bytes: number) => ({
      page: pageId(1),
      node: nodeId(0),
      index: intervalIndex(1),
      bytes: new Uint8Array(bytes),
    })
    const reply = (...sizes: number[]): Message => ({ type: 'diffReply', diffs: sizes.map(diff) })
    assert.deepEqual(load(reply(10, 20, 30), reply(20)), {
      // Page, node, index and length of each, and how many there are.
      'diffReply names': [2, 2, (4 * 4 + 2) / 4],
      'diffReply diffs': [2, 2, 20],
      'diffReply rest': [2, 1, 5],
    })
    const wants = [diff(0), diff(0)].map(({ page, node, index }) => ({ page, node, index }))
    assert.deepEqual(load({ type: 'diffRequest', wants }), {
      'diffRequest names': [1, 2, (1 + 2 * 3) / 2],
      'diffRequest rest': [1, 1, 5],
    })
  })

  test('a request with a time, and a message that has nothing to take apart', () => {
    const request: Message = {
      type: 'lockRequest',
      lock: lockId(5),
      requester: nodeId(1),
      time: Uint32Array.of(1, 2, 3),
    }
    assert.deepEqual(load(request), { 'lockRequest times': [1, 1, 3], 'lockRequest rest': [1, 1, 7] })
    assert.deepEqual(load({ type: 'freeReply', proc: 0 as never, ok: true }), { 'freeReply rest': [1, 1, 7] })
  })

  test('a queue is its largest message, and what is beside it', () => {
    const cargo = new Cargo()
    const wants = (n: number): Message => ({
      type: 'diffRequest',
      wants: Array.from({ length: n }, () => ({ page: pageId(0), node: nodeId(0), index: intervalIndex(1) })),
    })
    for (const n of [1, 9, 3]) cargo.add(wants(n), bytesOf(wants(n)))
    const parts = cargo.queue(100).map((component) => [component.name, amountOf(component)])
    assert.deepEqual(parts, [
      ['diffRequest names', 1 + 9 * 3],
      ['diffRequest rest', 5],
      ['beside it', 100 - 33],
    ])
  })
})

describe('growth', () => {
  const component = (name: string, factors: Record<string, number>): Component => ({
    name,
    factors: Object.entries(factors).map(([factor, value]) => ({ name: factor, value })),
  })
  const series = (components: (n: number) => Component[], work = (n: number) => 10 * n): Quantity => ({
    name: 'bytes',
    samples: [8, 16, 32, 64].map((nodes) => ({ nodes, work: work(nodes), components: components(nodes) })),
  })

  test('exponents: 0 for what stays, 1 for what doubles with the cluster, 2 for what quadruples', () => {
    for (const power of [0, 1, 2]) {
      const found = exponents(series((n) => [component('x', { each: 3 * n ** power })]))
      assert.deepEqual(
        found.map((one) => one.toFixed(6)),
        new Array(3).fill(power.toFixed(6)),
      )
    }
  })

  test('what grows as the work does, or slower, is not named', () => {
    for (const power of [0, 0.5, 1]) {
      assert.equal(faster(series((n) => [component('x', { each: n ** power })])), undefined)
    }
    // All look at all: the work is quadratic, and so may be the rest.
    const all = series(
      (n) => [component('x', { nodes: n, each: n })],
      (n) => n * n,
    )
    assert.equal(faster(all), undefined)
  })

  test('a planted series that is too fast is found, with the component and the factors that make it so', () => {
    const planted = series((n) => [
      component('plain', { messages: 2 * n, 'bytes of each': 500 }),
      component('planted', { messages: 2 * n, 'entries in each': n, 'bytes of each': 4 }),
    ])
    const finding = faster(planted)
    assert.ok(finding !== undefined)
    assert.ok(finding.exponent > 1.2 && finding.exponent < 2)
    assert.equal(finding.workExponent, 1)
    assert.deepEqual(
      finding.causes.map(({ component, share }) => [component, share]),
      [['planted', 1]],
    )
    const [cause] = finding.causes
    assert.equal(cause?.exponent.toFixed(6), '2.000000')
    assert.deepEqual(
      cause?.factors.map(({ name, exponent }) => `${name} ${exponent.toFixed(2)}`),
      ['messages 1.00', 'entries in each 1.00', 'bytes of each 0.00'],
    )
  })

  test('of several the one with most of the excess comes first, and one that appears late is found', () => {
    const finding = faster(
      series((n) => [
        component('small', { each: n ** 1.5 }),
        component('large', { each: n ** 2 }),
        ...(n === 64 ? [component('late', { each: 2_000 })] : []),
      ]),
    )
    assert.deepEqual(
      finding?.causes.map(({ component }) => component),
      ['large', 'late'],
    )
    assert.equal(finding?.causes[1]?.exponent, Number.POSITIVE_INFINITY)
  })

  test('one size has no growth', () => {
    const one = { name: 'bytes', samples: series(() => [component('x', { each: 1 })]).samples.slice(0, 1) }
    assert.deepEqual(exponents(one), [])
    assert.equal(faster(one), undefined)
  })
})

describe('what is told', () => {
  const sizes = [4, 8, 16]

  test('the same table twice; a row has all that was measured', () => {
    const tell = (name: ProgramName): string => {
      const runs = grown(name, sizes)
      return [...runs.map(rowOf), ...growthRows(runs), ...breakdown(runs), ...findings(runs)].join('\n')
    }
    for (const name of names) assert.equal(tell(name), tell(name))
    const [first] = grown('sor', [4])
    assert.ok(first !== undefined)
    const numbers = quantityNames.map((name) => Math.round(total(first, name)).toLocaleString('en-US'))
    for (const number of ['4', ...numbers]) assert.ok(rowOf(first).includes(` ${number} `), rowOf(first))
  })

  test('vector times are named: without a meeting what a node keeps grows with the square of the cluster', () => {
    const text = findings(grown('lock', [32, 64])).join('\n')
    assert.match(text, /^lock: memory per node n\^1\.[89]\d, the work n\^0\.0\d$/m)
    assert.match(
      text,
      /^ +\d+ % of what is too much: vector times n\^2\.\d\d = times n\^1\.\d\d × entries in each n\^1\.00$/m,
    )
    assert.match(text, /each interval is kept until the next meeting, with a time that has an entry for each node/)
  })

  test('the charts have a panel for each quantity and a mark for each size', () => {
    const drawn = panels(names.map((name) => grown(name, sizes)))
    assert.equal(drawn.length, quantityNames.length)
    for (const panel of drawn) {
      const lines = textChart(panel)
      assert.match(lines[0] ?? '', /s sor, l lock, a all/)
      assert.equal(lines.at(-1)?.trim().split(/ +/).join(), sizes.join())
      // A column for each size; programs that meet share a mark.
      const marks =
        lines
          .slice(1, -2)
          .join('')
          .match(/[sla*]/g) ?? []
      assert.ok(marks.length >= sizes.length && marks.length <= names.length * sizes.length)
    }
    const svg = svgChart(drawn)
    const count = (text: string): number => svg.split(text).length - 1
    // One of the legend, and one for each measurement; dashed lines are for comparison.
    assert.equal(count('<circle'), 1 + drawn.length * sizes.length)
    assert.equal(count('<polyline'), drawn.length * names.length * 2)
    assert.ok(!svg.includes('NaN') && !svg.includes('Infinity'))
  })
})

describe('the command', () => {
  const command: Command = {
    name: 'sim',
    about: '',
    options: {
      nodes: { value: 'N', help: '' },
      only: { value: 'NAME', help: '' },
      protocol: { value: 'NAME', help: '' },
    },
  }
  const run = (...argv: string[]): { code: number; lines: string[]; svg: string } => {
    const folder = mkdtempSync(join(tmpdir(), 'scale-'))
    try {
      const lines: string[] = []
      const chart = join(folder, 'deep', 'chart.svg')
      const code = scale(parse(command, argv), (line) => lines.push(line), chart)
      return { code, lines, svg: readFileSync(chart, 'utf8') }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('runs what it is asked for, and draws it', () => {
    const { code, lines, svg } = run('--nodes', '4,8', '--only', 'all,sor')
    assert.equal(code, 0)
    const text = lines.join('\n')
    assert.match(text, /^sor: .*barrier/m)
    assert.match(text, /^all: /m)
    assert.doesNotMatch(text, /^lock: /m)
    assert.match(text, /^What grows faster than the work, from 4 to 8 nodes:/m)
    assert.match(svg, /^<svg [^>]*>/)
  })

  test('one size is enough', () => {
    assert.equal(run('--nodes', '4').code, 0)
  })

  test('a wrong option says what would be right', () => {
    for (const nodes of ['', '8,8', '16,8', '1', '1025', '8,x', '2.5']) {
      assert.throws(() => run('--nodes', nodes), {
        code: 'ERR_TM_USAGE',
        message: /expected growing numbers of 2 to 1024/,
      })
    }
    assert.throws(() => run('--only', 'sor,tsp'), { code: 'ERR_TM_USAGE', message: /'tsp': known are sor, lock, all/ })
    assert.throws(() => run('--protocol', 'munin'), { code: 'ERR_TM_USAGE', message: /'munin': known are treadmarks/ })
  })
})
