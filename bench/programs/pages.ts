/**
 * Faults and pages between two processes (three for two writers): local write faults, misses in each of the ways the
 * bench tells apart, false sharing, dirty pages at a barrier. Every miss is of a page that its reader never had, so
 * nothing was fetched ahead or pushed; the counters must say so, or the program fails.
 */
import * as tm from 'treadmarks'
import { freshPages, must, PAGE_WORDS, tell, timed, told } from './sample.js'

const me = tm.procId
/** Misses until V8 has compiled what serves them; what they take before that is told as well. */
const WARM_UP = 5000
const COLD = 300

/** Writes every byte of some pages, so that the diff is as long as the page. */
function write(pages: Float64Array, from: number, to: number, half: 0 | 1 | undefined = undefined): void {
  for (let page = from; page < to; page++) {
    const begin = page * PAGE_WORDS + (half === 1 ? PAGE_WORDS / 2 : 0)
    const end = page * PAGE_WORDS + (half === 0 ? PAGE_WORDS / 2 : PAGE_WORDS)
    for (let word = begin; word < end; word++) pages[word] = -1 / (word + 3)
  }
}

/** Times of touching each page for the first time. */
function touch(pages: Float64Array, from: number, to: number): number[] {
  const before = tm.stats().pagesFetched
  const times: number[] = []
  for (let page = from; page < to; page++) {
    times.push(
      timed(() => {
        must(pages[page * PAGE_WORDS] !== 0, `page ${page} is empty`)
      }),
    )
  }
  must(tm.stats().pagesFetched - before === to - from, 'each page is fetched once')
  return times
}

const reader = tm.nprocs - 1
const writers = tm.nprocs - 1
const name = writers === 1 ? 'miss' : 'miss-two-writers'

/** What each miss took, at the reader. */
function misses(count: number): number[] {
  const pages = freshPages(count)
  if (me < writers) write(pages, 0, count, writers === 1 ? undefined : (me as 0 | 1))
  tm.barrier()
  const times = me === reader ? touch(pages, 0, count) : []
  tm.barrier()
  return times
}

const first = misses(WARM_UP + COLD)
tell(name, told(reader, first.slice(WARM_UP)))
if (writers === 1) {
  tell('miss-cold', told(reader, first.slice(0, COLD)))
  alone()
}

/** What two processes are enough for. */
function alone(): void {
  tell('miss-computing', missesWhileComputing(300))
  tell('miss-row', missesInARow(1000))
  tell('false-sharing', falseSharing(100, 21))
  tell('write-fault', writeFaults(1000, 21))
  tell('dirty-page', dirtyPages(200, 21))
}

/** The writer computes and calls nothing while its pages are fetched. */
function missesWhileComputing(count: number): number {
  const pages = freshPages(COLD + count)
  if (me === 0) write(pages, 0, COLD + count)
  tm.barrier()
  let times: number[] = []
  if (me === 0) {
    computeFor(600)
  } else {
    computeFor(30)
    const began = performance.now()
    times = touch(pages, 0, COLD + count).slice(COLD)
    must(performance.now() - began < 500, 'the writer has computed all the time')
  }
  tm.barrier()
  return told(1, times)
}

function computeFor(ms: number): number {
  let sum = 0
  for (const end = performance.now() + ms; performance.now() < end; ) {
    for (let i = 1; i < 1000; i++) sum += 1 / i
  }
  return sum
}

/** One after the other, without a look at the clock between them. */
function missesInARow(count: number): number {
  const pages = freshPages(count)
  if (me === 0) write(pages, 0, count)
  tm.barrier()
  let us = 0
  if (me === 1) {
    let sum = 0
    us = timed(() => {
      for (let page = 0; page < count; page++) sum += pages[page * PAGE_WORDS] as number
    })
    must(sum < 0, 'the pages have come')
  }
  tm.barrier()
  return told(1, [us / count])
}

/** Two processes write alternate words of the same pages, meet, and read all of them. */
function falseSharing(count: number, rounds: number): number {
  const pages = freshPages(count)
  const times: number[] = []
  for (let round = 1; round <= rounds; round++) {
    tm.barrier()
    const us = timed(() => {
      for (let word = me; word < pages.length; word += 2) pages[word] = round + word
      tm.barrier()
      let wrong = 0
      for (let word = 0; word < pages.length; word++) if (pages[word] !== round + word) wrong++
      must(wrong === 0, `${wrong} words are old`)
    })
    tm.barrier()
    times.push(us / count)
  }
  return told(0, times)
}

/** The first write to each page after its last diff was fetched; pages and twins have been used before. */
function writeFaults(count: number, rounds: number): number {
  const pages = freshPages(count)
  const times: number[] = []
  for (let round = 1; round <= rounds; round++) {
    if (me === 0) {
      const before = tm.stats().writeFaults
      times.push(
        timed(() => {
          for (let page = 0; page < count; page++) pages[page * PAGE_WORDS] = round
        }) / count,
      )
      must(tm.stats().writeFaults - before === count, 'each page faults once')
    }
    tm.barrier()
    if (me === 1) for (let page = 0; page < count; page++) must(pages[page * PAGE_WORDS] === round, 'the write came')
    tm.barrier()
  }
  return told(0, times.slice(3))
}

/** What pages that were written and that nobody reads add to a barrier, on whichever side it is paid: per page. */
function dirtyPages(count: number, rounds: number): number {
  const pages = freshPages(count * rounds)
  const times: number[] = []
  const meetTwice = (): void => {
    tm.barrier()
    tm.barrier()
  }
  for (let round = 0; round < rounds; round++) {
    if (me === 0) {
      for (let page = 0; page < count; page++) pages[(round * count + page) * PAGE_WORDS] = 1
    }
    const dirty = timed(meetTwice)
    times.push((dirty - timed(meetTwice)) / count)
  }
  return told(0, times)
}
