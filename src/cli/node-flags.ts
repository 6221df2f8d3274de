/**
 * Flags for the Node of each node. Where the processes have few processors to themselves, a collection of garbage
 * on several threads waits for helpers that stand in line behind computing programs: on one thread it is shorter.
 */

/** `processors` and `processes`: of this machine, and of the run. */
export function nodeFlags(processors: number, processes: number): readonly string[] {
  return processors < 2 * processes ? ['--single-threaded-gc'] : []
}
