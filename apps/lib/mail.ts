/**
 * Numbers in plain messages, and the few patterns that programs with messages are made of: to all, from all, and sums.
 * `tm.send` copies, so an array may be changed as soon as it is sent.
 */
import * as tm from 'treadmarks'

type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array

export const sendNumbers = (to: number, numbers: Numbers): void =>
  tm.send(to, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))

/** Into all of `numbers`. */
export function receiveNumbers(from: number, numbers: Numbers): void {
  const bytes = tm.recv(from)
  if (bytes.length !== numbers.byteLength) {
    throw new Error(`process ${from} sent ${bytes.length} bytes where ${numbers.byteLength} were expected`)
  }
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).set(bytes)
}

/** Whole numbers, as many as the sender had. */
export const receiveInts = (from: number): Int32Array<ArrayBuffer> =>
  // A copy, because a view of whole numbers must begin at a multiple of four.
  new Int32Array(tm.recv(from).slice().buffer)

/** From `root` to all, along a binomial tree: n-1 messages, in as many steps as n has binary digits. */
export function broadcast(root: number, numbers: Numbers): void {
  const rank = (tm.procId - root + tm.nprocs) % tm.nprocs
  const real = (relative: number): number => (relative + root) % tm.nprocs
  let bit = 1
  for (; bit < tm.nprocs; bit *= 2) {
    if ((rank & bit) === 0) continue
    receiveNumbers(real(rank - bit), numbers)
    break
  }
  for (bit /= 2; bit >= 1; bit /= 2) if (rank + bit < tm.nprocs) sendNumbers(real(rank + bit), numbers)
}

/** Adds up what all have, in the order of the processes, so that the sums are the same in every run; only in process 0. */
export function sumTo0(numbers: Float64Array): void {
  if (tm.procId !== 0) return sendNumbers(0, numbers)
  const others = new Float64Array(numbers.length)
  for (let from = 1; from < tm.nprocs; from++) {
    receiveNumbers(from, others)
    for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] as number) + (others[i] as number)
  }
}

/** Process 0 gets everybody's part of an array that all have in full length; `partOf` says which part is whose. */
export function gatherTo0<A extends Numbers>(
  array: A,
  partOf: (proc: number) => readonly [from: number, to: number],
): void {
  const part = (proc: number): Numbers => array.subarray(...partOf(proc)) as Numbers
  if (tm.procId !== 0) return sendNumbers(0, part(tm.procId))
  for (let from = 1; from < tm.nprocs; from++) receiveNumbers(from, part(from))
}

/** Everybody gets everybody's part: n(n-1) messages. Each begins with its neighbour, so that not all send to one at once. */
export function exchangeParts<A extends Numbers>(
  array: A,
  partOf: (proc: number) => readonly [from: number, to: number],
): void {
  const part = (proc: number): Numbers => array.subarray(...partOf(proc)) as Numbers
  for (let step = 1; step < tm.nprocs; step++) sendNumbers((tm.procId + step) % tm.nprocs, part(tm.procId))
  for (let step = 1; step < tm.nprocs; step++) {
    const from = (tm.procId - step + tm.nprocs) % tm.nprocs
    receiveNumbers(from, part(from))
  }
}
