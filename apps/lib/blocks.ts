/** How work in a row is divided: blocks, one for each process, that differ by at most one. */

/** What process `id` of `count` has of `total`: [from, to). */
export function blockOf(total: number, id: number, count: number): readonly [from: number, to: number] {
  return [Math.floor((total * id) / count), Math.floor((total * (id + 1)) / count)]
}
