/** Every bound of the system stands here, with its unit and what happens beyond it. */

/** Processes of one run (nodes × threads). */
export const MAX_PROCS = 256
/** Heap, bytes: what one WebAssembly.Memory can hold. */
export const MAX_HEAP_BYTES = 4 * 1024 ** 3
export const DEFAULT_HEAP_BYTES = 256 * 1024 ** 2
/** Smallest heap, bytes: a few pages. */
export const MIN_HEAP_BYTES = 64 * 1024
export const DEFAULT_PAGE_BYTES = 4096
/** Largest coherence unit, bytes. */
export const MAX_PAGE_BYTES = 1024 * 1024
/** Largest lock id. */
export const MAX_LOCK_ID = 2 ** 32 - 1
/** Largest id of a condition variable. */
export const MAX_COND_ID = 2 ** 32 - 1
/** Different locks one run may use: each has a word in a table that is made at the start. */
export const MAX_LOCKS = 65_536
/** Different phases of one run; the next one is an error of the program. */
export const MAX_PHASES = 1_000
/** Names under which the cost of pages is counted; further allocations count together. */
export const MAX_ALLOCATION_NAMES = 1_000
/** Pages that a node tells of for one phase, those with the most bytes. */
export const MAX_PAGES_TOLD = 4_096
/** Pages in the statistics file, for the run and for each phase. */
export const MAX_PAGES_LISTED = 100
/** Length of a name that a program gives, characters. */
export const MAX_NAME_LENGTH = 64
/** Largest barrier id. */
export const MAX_BARRIER_ID = 2 ** 32 - 1

/** One frame on the wire, bytes, header excluded; a longer one closes the connection. */
export const MAX_FRAME_BYTES = 64 * 1024 ** 2
/** What one process has sent another and it has not taken, bytes; beyond it the sender waits. Twice the largest payload. */
export const MAILBOX_BYTES = 64 * 1024 ** 2
/** What a parcel takes of that beside its bytes. */
export const PARCEL_BYTES = 64
/** Payload of one meeting (a distributed value, an allocation's description), or of one plain message, bytes. */
export const MAX_PAYLOAD_BYTES = 32 * 1024 ** 2
/** Intervals in one message. */
export const MAX_INTERVALS = 1_000_000
/** Write notices in one message: 128 MiB of page numbers in memory. Sixteen times the pages of the largest heap. */
export const MAX_NOTICES = 2 ** 24
/** Entries of interval times in one message (intervals × nodes): 256 MiB in memory. */
export const MAX_TIME_ENTRIES = 2 ** 26
/** Diffs asked for, or sent, in one message. */
export const MAX_DIFFS = 10_000
/** Bytes of diffs after which a reply or a push goes on in another message: the receiver begins while the sender goes on. */
export const PART_BYTES = 512 * 1024
/** Bytes of messages after which a node sends what it has before it goes on, so that its peer can begin. */
export const FLUSH_BYTES = 128 * 1024
/** Diffs of one page that come by themselves between two proofs that it is in use. */
export const MAX_TRUST = 256
/** How often the home of a page may move; then it stays where it is. */
export const MAX_HOME_MOVES = 2 ** 32 - 1
/** Diffs of one page by one writer that have come to its home before the one they follow; a writer of more breaks the protocol. */
export const MAX_EARLY_DIFFS = 1_024
/** Pages that are fetched ahead at one time. */
export const MAX_PAGES_AHEAD = 1_024
/** Bytes queued for one peer that does not read; beyond it the run ends. */
export const MAX_QUEUED_BYTES = 512 * 1024 ** 2

/** Bytes of a recording that wait to be written, at most; what one step brings may come on top. */
export const MAX_UNWRITTEN_BYTES = 1024 ** 2
/** Time a node has to close its recording when its run is aborted, ms; shorter than ABORT_MS. Then it ends without the mark. */
export const CLOSE_MS = 500

/** Messages between nodes that a diagram has room for; a longer run is refused, and ends as it would without. */
export const MAX_DIAGRAM_MESSAGES = 400
/** Events of any kind that a diagram has room for: messages sent, messages received and marks. */
export const MAX_DIAGRAM_EVENTS = 2_400
/** Pages of which a diagram has bars, those whose state changes most; it says how many others there are. */
export const MAX_DIAGRAM_PAGES = 16
/** Bytes of a run's recordings that are read for a diagram; with more the run is too long. */
export const MAX_DIAGRAM_BYTES = 256 * 1024 ** 2

/** Connections that have not proved the secret, at one time; further ones are closed at once. */
export const MAX_STRANGERS = 64
/** Time a connection has to prove the secret, ms. */
export const HANDSHAKE_MS = 2_000
/** Time all nodes have to start and connect to each other, ms. */
export const JOIN_MS = 30_000
/** Time of silence after which a node is lost to the others, s. Longer than any pause that a run should survive. */
export const DEFAULT_HEARTBEAT_S = 60
export const MAX_HEARTBEAT_S = 86_400
/** Time between two moments at which a service that waits is woken to look around, ms. */
export const TICK_MS = 250
/** Time in which nothing happens on a node before it tells the launcher that its processes wait, ms. */
export const REST_MS = 500
/** Time the other nodes have to end by themselves once one has failed, ms; then they are killed. */
export const ABORT_MS = 700
/** Time a node waits for the launcher to say why a peer is gone, ms; then it says so itself. */
export const LOST_PEER_MS = 500

/** Time in which the reader of a pipe must take the next part of the statistics, ms; else they are given up. */
export const STATS_MS = 5_000

/** Output of one run that `treadmarks compare` keeps, bytes; more is not compared, and said to be so. */
export const MAX_COMPARED_BYTES = 64 * 1024 ** 2

/** Length of the run's secret, bytes. */
export const SECRET_BYTES = 32
/** Nesting of a distributed value. */
export const MAX_VALUE_DEPTH = 64
/** Faults in a row on one page that change nothing, before the trap calls it an internal error. */
export const MAX_STALE_FAULTS = 10_000
/** How long a page stays after a thread that waited for it has gone on, so that it does its access, ms. */
export const HOLD_MS = 0.05
/** Intervals in a row in which a page that is open for writing may not change before it is closed; native/watch.h has it too. */
export const MAX_WATCHED = 4
/** Mappings left unused below the machine's `vm.max_map_count`, for Node itself. */
export const MAPPING_RESERVE = 8_192
