/** PageRank as one program. */
import { chosen, tell, timed } from '../lib/alone.js'
import { degreesOf, incomingOf } from './graph.js'
import { pagerank, pull, resultOf, start } from './pagerank.js'

const choice = chosen(pagerank)
const { problem } = choice
const graph = degreesOf(problem)
const incoming = incomingOf(problem, graph, [0, problem.vertices])
let shares = new Float64Array(problem.vertices)
let next = new Float64Array(problem.vertices)
start(shares, graph, 0, problem.vertices)

const seconds = timed(() => {
  for (let i = 0; i < problem.iterations; i++) {
    pull(shares, next, graph, incoming)
    ;[shares, next] = [next, shares]
  }
})
tell(pagerank, choice, seconds, resultOf(shares, graph))
