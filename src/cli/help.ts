/** The text of `treadmarks --help`. The defaults stand in `limits.ts` and are only repeated here through it. */
import { DEFAULT_HEAP_BYTES, DEFAULT_HEARTBEAT_S, DEFAULT_PAGE_BYTES, MAX_PROCS } from '../limits.js'
import { builtProtocols, knownProtocols } from '../protocols/table.js'
import { knownTraps } from './options.js'
import { formatSize } from './size.js'

export function helpText(): string {
  return `treadmarks: a SharedArrayBuffer that spans processes

Usage:
  treadmarks run [-n NODES] [-t THREADS] [options] program.ts [arguments passed untouched]
  treadmarks compare [--protocols A,B] [-n NODES] [options] program.ts [arguments passed untouched]
  treadmarks --help | --version

Options of run, all before the program:
  -n, --nodes NODES    processes to start, 1 to ${MAX_PROCS} (default 1)
  -t, --threads N      program threads in each of them (default 1; above 1 is not built yet)
  --heap SIZE          size of the shared heap: bytes, or 512K, 64MiB, 1GiB (default ${formatSize(DEFAULT_HEAP_BYTES)})
  --page-size BYTES    coherence unit, a multiple of the machine's page (default ${DEFAULT_PAGE_BYTES})
  --protocol NAME      coherence protocol (default treadmarks): ${builtProtocols.slice(0, 2).join(', ')},
                       ${builtProtocols.slice(2).join(', ')};
                       not built yet: ${knownProtocols.slice(builtProtocols.length).join(', ')}
  --stats              a table of counters on stderr at the end
  --stats-file FILE    the same as JSON, whatever the outcome of the run
  --record DIR         record what goes into each node's core and what comes out, in this empty
                       directory; npm run replay -- DIR does it again and compares
  --diagram FILE       draw a small run: messages, locks, faults and page states of each node (SVG)
  --trap NAME          how page accesses are noticed: ${knownTraps.join(', ')} (default auto)
  --port PORT          first port to listen on, one for each node (default: any free ones)
  --label              prefix each output line with its process
  --heartbeat SECONDS  a node of which the others hear nothing for so long is lost, and the run ends
                       (default ${DEFAULT_HEARTBEAT_S}; 0 for never)
  --no-bind            let processes move between processors; else each is bound to one of its own
                       when there are enough
  -h, --help           this text
  --version            the version

compare runs the program under one protocol after the other and prints their costs side by side, and
whether they print the same lines, in whatever order. It takes -n, -t, --heap, --page-size, --trap,
--port, --heartbeat and --no-bind for each run, and
  --protocols A,B      those to compare, the first as the measure (default all that are built)
  --json FILE          all numbers as JSON
  --chart FILE         a chart as SVG

The exit code is that of the first process that failed: its own, 128 + signal for one that was
killed, 2 for a wrong command line, and 0 when there was none. That of compare is 1 when a run
failed or outputs disagree.
`
}
