/** How the processes and nodes of a run are named in messages and labels. Node k has processes k × threads and following. */

/** The processes of a node: `2`, or `4-7`. */
export function processesOf(node: number, threads: number): string {
  const first = node * threads
  return threads === 1 ? String(first) : `${first}-${first + threads - 1}`
}

/** A place as messages begin with it; the process is known always when a node has only one. */
export function placeName(node: number, process: number | undefined, threads: number): string {
  if (process !== undefined) return `process ${process} (node ${node})`
  if (threads === 1) return `process ${node} (node ${node})`
  return `node ${node} (processes ${processesOf(node, threads)})`
}
