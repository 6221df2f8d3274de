/**
 * PageRank with shared memory: two arrays of shares in turn, one is read while the other is written, so one barrier an
 * iteration is enough. Who reads what is in the graph and nowhere in the program: the pages come when they are read.
 */
import * as tm from 'treadmarks'
import { chosen, tell, timed } from '../lib/together.js'
import { blocksOf, degreesOf, incomingOf } from './graph.js'
import { pagerank, pull, resultOf, start } from './pagerank.js'

const choice = chosen(pagerank, 'shared')
const { problem } = choice
let shares = tm.alloc(Float64Array, problem.vertices, { name: 'shares' })
let next = tm.alloc(Float64Array, problem.vertices, { name: 'shares' })
const graph = degreesOf(problem)
const [from, to] = blocksOf(graph, tm.nprocs)[tm.procId] as readonly [number, number]
const incoming = incomingOf(problem, graph, [from, to])
start(shares, graph, from, to)
tm.barrier()

const seconds = timed(() => {
  for (let i = 0; i < problem.iterations; i++) {
    pull(shares, next, graph, incoming)
    tm.barrier()
    ;[shares, next] = [next, shares]
  }
})
if (tm.procId === 0) tell(pagerank, 'shared', choice, seconds, resultOf(shares, graph))
