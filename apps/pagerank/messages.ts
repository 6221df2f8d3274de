/**
 * PageRank with messages: after each iteration everybody sends all of its shares to all others. To send only those that
 * one needs would take a list for each pair of processes, and with so many edges a process needs most of them: on two
 * 97 %, on eight 63 %.
 */
import * as tm from 'treadmarks'
import { exchangeParts } from '../lib/mail.js'
import { chosen, tell, timed } from '../lib/together.js'
import { blocksOf, degreesOf, incomingOf } from './graph.js'
import { pagerank, pull, resultOf, start } from './pagerank.js'

const choice = chosen(pagerank, 'messages')
const { problem } = choice
let shares = new Float64Array(problem.vertices)
let next = new Float64Array(problem.vertices)
const graph = degreesOf(problem)
const blocks = blocksOf(graph, tm.nprocs)
const blockOf = (proc: number) => blocks[proc] as readonly [number, number]
const incoming = incomingOf(problem, graph, blockOf(tm.procId))
start(shares, graph, 0, problem.vertices)

const seconds = timed(() => {
  for (let i = 0; i < problem.iterations; i++) {
    pull(shares, next, graph, incoming)
    exchangeParts(next, blockOf)
    ;[shares, next] = [next, shares]
  }
})
if (tm.procId === 0) tell(pagerank, 'messages', choice, seconds, resultOf(shares, graph))
