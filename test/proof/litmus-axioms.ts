/**
 * A second oracle for litmus tests, by other means than src/lab/litmus/oracle.ts: it does not walk, it guesses.
 * Every order of each lock's sections, every store for each load and, for sequential consistency, every order of
 * each location's stores is put down as arrows between events, and kept when no rule is broken and there is no circle.
 * Programs that wait for conditions have no fixed events; they are the first oracle's alone.
 */
import assert from 'node:assert/strict'
import { finalLocations, type LitmusTest, outcomeKey, type Step } from '../../src/lab/litmus/model.js'

interface Event {
  readonly number: number
  readonly location: string | undefined
  /** Of a store. */
  readonly value: number | undefined
  /** Of a load. */
  readonly column: string | undefined
}

interface Section {
  readonly lock: number
  readonly enter: number
  leave: number
}

/** By event: the events that come right after it, a bit each. */
type Arrows = readonly number[]

export function outcomesByAxioms(test: LitmusTest, model: 'sc' | 'lrc'): Set<string> {
  const { events, program, sections } = eventsOf(test)
  assert(events.length <= 31, `${test.name}: ${events.length} events do not fit in a word`)
  const outcomes = new Set<string>()
  for (const order of lockOrders(sections)) {
    const before = closure(withArrows(program, order))
    if (before === undefined) continue
    for (const sources of choices(loadsOf(events).map((load) => visible(events, before, load)))) {
      const from = sources.map((store, i): Arrow => [store.number, (loadsOf(events)[i] as Event).number])
      const legal =
        model === 'lrc' ? closure(withArrows(before, from)) !== undefined : isSerial(events, before, sources)
      if (legal) outcomes.add(outcomeOf(test, events, sources))
    }
  }
  return outcomes
}

type Arrow = readonly [from: number, to: number]

/** Stores that a load may return: not after it, and not overwritten before it. */
function visible(events: readonly Event[], before: Arrows, load: Event): Event[] {
  const stores = storesTo(events, load.location)
  const precedes = (a: Event, b: Event): boolean => (((before[a.number] as number) >> b.number) & 1) === 1
  return stores.filter(
    (store) => !precedes(load, store) && !stores.some((other) => precedes(store, other) && precedes(other, load)),
  )
}

/** Whether some order of each location's stores makes one order of everything in which each load returns the last store. */
function isSerial(events: readonly Event[], before: Arrows, sources: readonly Event[]): boolean {
  const locations = [...new Set(events.flatMap(({ location }) => (location === undefined ? [] : [location])))]
  const orders = choices(locations.map((location) => permutations(storesTo(events, location))))
  for (const order of orders) {
    const arrows: Arrow[] = order.flatMap((stores) => follows(stores.map(({ number }) => number)))
    for (const [i, load] of loadsOf(events).entries()) {
      const source = sources[i] as Event
      const stores = order[locations.indexOf(load.location as string)] as Event[]
      arrows.push([source.number, load.number])
      const next = stores[stores.indexOf(source) + 1]
      if (next !== undefined) arrows.push([load.number, next.number])
    }
    if (closure(withArrows(before, arrows)) !== undefined) return true
  }
  return false
}

function eventsOf(test: LitmusTest): { events: Event[]; program: number[]; sections: Section[] } {
  const events: Event[] = []
  const program: number[] = []
  const add = (part: Partial<Event>, after: readonly number[]): number => {
    const number = events.length
    events.push({ number, location: undefined, value: undefined, column: undefined, ...part })
    program.push(0)
    for (const one of after) program[one] = (program[one] as number) | (1 << number)
    return number
  }
  const initial = test.locations.map((location) => add({ location, value: test.init.get(location) ?? 0 }, []))
  const meetings = new Map<number, number>()
  const sections: Section[] = []
  for (const steps of closed(test)) {
    let last = initial
    let met = 0
    for (const step of steps) last = [place(step, last)]

    function place(step: Step, after: readonly number[]): number {
      switch (step.type) {
        case 'load':
          return add({ location: step.location, column: step.register }, after)
        case 'store':
          return add({ location: step.location, value: step.value }, after)
        case 'barrier': {
          const meeting = meetings.get(met) ?? add({}, [])
          meetings.set(met++, meeting)
          for (const one of after) program[one] = (program[one] as number) | (1 << meeting)
          return meeting
        }
        case 'lock': {
          const enter = add({}, after)
          sections.push({ lock: step.lock, enter, leave: enter })
          return enter
        }
        case 'unlock': {
          const leave = add({}, after)
          ;(sections.findLast(({ lock }) => lock === step.lock) as Section).leave = leave
          return leave
        }
        default:
          throw new Error(`${test.name}: ${step.type} has no fixed events`)
      }
    }
  }
  return { events, program, sections }
}

/** With a meeting of all at the end, and a process that reads after it, where final values are asked for. */
function closed(test: LitmusTest): Step[][] {
  const reading = finalLocations(test).map((location): Step => ({ type: 'load', register: location, location }))
  if (reading.length === 0) return test.processes.map((steps) => [...steps])
  const ended = test.processes.map((steps): Step[] => [...steps, { type: 'barrier' }])
  return [...ended, [...(ended[0]?.filter(({ type }) => type === 'barrier') ?? []), ...reading]]
}

/** For each way to put the sections of each lock in order: the arrows from each to the next. */
function lockOrders(sections: readonly Section[]): Arrow[][] {
  const locks = [...new Set(sections.map(({ lock }) => lock))]
  const orders = locks.map((lock) => permutations(sections.filter((section) => section.lock === lock)))
  return choices(orders).map((order) =>
    order.flatMap((row) => row.slice(1).map(({ enter }, i): Arrow => [(row[i] as Section).leave, enter])),
  )
}

const follows = (row: readonly number[]): Arrow[] => row.slice(1).map((to, i): Arrow => [row[i] as number, to])

function withArrows(arrows: Arrows, more: readonly Arrow[]): number[] {
  const all = [...arrows]
  for (const [from, to] of more) all[from] = (all[from] as number) | (1 << to)
  return all
}

/** All that comes after each event; undefined when something comes after itself. */
function closure(arrows: Arrows): number[] | undefined {
  const all = [...arrows]
  for (let middle = 0; middle < all.length; middle++) {
    for (let from = 0; from < all.length; from++) {
      if ((((all[from] as number) >> middle) & 1) === 1) all[from] = (all[from] as number) | (all[middle] as number)
    }
  }
  return all.some((after, event) => ((after >> event) & 1) === 1) ? undefined : all
}

const loadsOf = (events: readonly Event[]): Event[] => events.filter(({ column }) => column !== undefined)

const storesTo = (events: readonly Event[], location: string | undefined): Event[] =>
  events.filter((event) => event.location === location && event.value !== undefined)

function outcomeOf({ columns }: LitmusTest, events: readonly Event[], sources: readonly Event[]): string {
  const loads = loadsOf(events)
  return outcomeKey(
    columns.map((column) => sources[loads.findIndex((load) => load.column === column)]?.value as number),
  )
}

/** One of each. */
function choices<T>(sets: readonly (readonly T[])[]): T[][] {
  return sets.reduce<T[][]>((rows, set) => rows.flatMap((row) => set.map((item) => [...row, item])), [[]])
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}
