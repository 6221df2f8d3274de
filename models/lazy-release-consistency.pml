/*
 * Lazy release consistency between nodes: intervals, write notices, vector times, diffs made late or pushed, one
 * lock whose token migrates, one barrier. A step is an event of a node's core (src/core, src/protocols); every order
 * of events and messages is tried. What a read must see is told by ghost state that no node looks at. README.md
 * says what stands for what.
 */
#define N 3 /* nodes */
#define P 2 /* pages */
#define B 2 /* bytes of a page: 0 is written under the lock, 1 by one node until the next barrier */
#define K 4 /* intervals of a node, at most */

#ifndef PHASES
#define PHASES 1 /* barriers */
#endif
#ifndef LOCKERS
#define LOCKERS 7 /* the nodes that may take the lock before each barrier, as bits */
#endif
#ifndef OWNERS
#define OWNERS 7 /* the nodes that may write their own byte before the critical section */
#endif
#ifndef LATE
#define LATE 0 /* the nodes that may write it once more afterwards */
#endif
#ifndef PUSHERS
#define PUSHERS 0 /* the nodes that may push diffs when they arrive at a barrier */
#endif
#ifndef AHEAD
#define AHEAD 0 /* the nodes whose misses bring other pages along, and who may fetch ahead when they depart */
#endif
#ifndef LINK
#define LINK 4 /* messages from one node to another, at most */
#endif
#define LOCK_MANAGER 1
#define MEETING_MANAGER 0

#include "lazy-release-consistency/node.pml"
#include "lazy-release-consistency/coherence.pml"
#include "lazy-release-consistency/synchronisation.pml"

/* One event, as in node.ts: what a node sends to itself is handled in the same step, further down. */
inline step() {
  type = gotType; m1 = got1; m2 = got2; m3 = got3; from = gotFrom; by = got3;
  if
  :: type == lockAcquire -> request()
  :: type == lockRelease -> released()
  :: type == meet -> arriveAt()
  :: type == miss -> missed()
  :: type == diffRequest -> serve()
  :: type == diffReply -> received()
  :: type == diffPush -> PAGE(m3).held = PAGE(m3).held | m1
  :: else
  fi;
  WHEN(type == lockRequest, requested());
  WHEN(type == lockForward, forwarded());
  WHEN(type == arrive, arrived());
  WHEN(grants, grant());
  WHEN(type == lockGrant || type == depart, acquires = true; known = m1; upTo = m2);
  WHEN(acquires, acquire());
  WHEN(type == lockGrant, granted());
  WHEN(departs, departAll());
  WHEN(departs || type == depart, departed());
  for (q : 0 .. P - 1) { WHEN(has(fetches, q), fetch()) }
  acquires = false; grants = false; departs = false; fetches = 0
}

#define SILENT(l) len(link[l]) == 0
#define SILENCE SILENT(0) && SILENT(1) && SILENT(2) && SILENT(3) && SILENT(4) && SILENT(5)

/* It goes on when its own program has ended: others may want what only it has. */
proctype service(byte n) {
  do
  :: atomic {
      if
      :: event[n]?gotType, got3, got2
      :: ME.told -> gotType = lockRelease
      :: queue((n + 1) % N, n)?gotType, got1, got2, got3 -> gotFrom = (n + 1) % N
      :: queue((n + 2) % N, n)?gotType, got1, got2, got3 -> gotFrom = (n + 2) % N
      fi;
      STEP { step() }
    }
  :: ended == N && SILENCE -> break
  od
}

#define OPEN(p) (PAGE(p).state != INVALID && PAGE(p).state != FETCHING)
/* Of each byte the version that is known to have happened before is the later of two. */
#define JOIN(into, other) WHEN(other > into, into = other)

/* The page of an access, after a miss where there must be one. */
inline reach(p, writes) {
  if
  :: atomic { PAGE(p).state == INVALID -> event[n]!miss, p, writes }
  :: atomic { PAGE(p).state == FETCHING -> PAGE(p).wantWrite = writes }
  :: OPEN(p)
  fi
}

/* Byte `which` is as it was when all was known that happened before; byte 1 may have been written since. */
#define RIGHT(p, which) (PAGE(p).mem[which] == ME.seen[(p) * B + which] && PAGE(p).mem[1] >= ME.seen[(p) * B + 1])

inline load(p, which) {
  reach(p, false);
  atomic { OPEN(p) -> assert(RIGHT(p, which)) }
}

inline store(p, which) {
  reach(p, true);
  STEP {
    OPEN(p) -> assert(RIGHT(p, which));
    q = p;
    WHEN(PAGE(q).state == CLEAN, makeTwin());
    PAGE(q).mem[which]++;
    ME.seen[q * B + which]++
  }
}

inline lock() {
  if
  :: atomic { ME.word == FREE -> ME.word = HELD }
  :: atomic { ME.word != FREE && !ME.told -> event[n]!lockAcquire, 0, 0 }
  fi;
  STEP { !ME.waits -> inside++; assert(inside == 1); for (k : 0 .. P * B - 1) { JOIN(ME.seen[k], lockSeen[k]) } }
}

inline unlock() {
  STEP {
    inside--;
    for (k : 0 .. P * B - 1) { lockSeen[k] = ME.seen[k] }
    ME.told = (ME.word != HELD);
    ME.word = (ME.word == HELD -> FREE : FREE | WANTED);
    page = 0
  }
}

inline barrier(readers, early) {
  atomic {
    !ME.told ->
    STEP {
      met = (met + 1) % N;
      for (k : 0 .. P * B - 1) { JOIN(metSeen[k], ME.seen[k]) }
      for (k : 0 .. N * P * B - 1) { WHEN(met == 0, node[k / (P * B)].seen[k % (P * B)] = metSeen[k % (P * B)]) }
    }
    event[n]!meet, readers, early
  }
  !ME.waits
}

proctype program(byte n) {
  byte phase, own, page;
  do
  :: phase < PHASES ->
    own = (n + phase) % N; /* the page whose byte 1 is this node's until the next barrier, if there is one */
    if
    :: own < P && has(OWNERS, n) -> store(own, 1)
    :: true
    fi;
    if
    :: has(LOCKERS, n) -> page = 0
    :: has(LOCKERS, n) -> page = 1
    :: page = N
    fi;
    if
    :: page < P -> lock(); if :: load(page, 0) :: store(page, 0) fi; unlock()
    :: else -> page = 0
    fi;
    if
    :: own < P && has(LATE, n) -> store(own, 1)
    :: true
    fi;
    if
    :: barrier(0, false)
    :: has(PUSHERS, n) -> barrier(7, false)
    :: has(PUSHERS, n) -> barrier(bit((n + 1) % N), false)
    :: has(AHEAD, n) -> barrier(0, true)
    fi;
    phase++
  :: else -> break
  od;
  if
  :: page = 0
  :: page = 1
  fi;
  load(page, 0);
  atomic { assert(RIGHT(page, 1)); ended++ }
}

init {
  atomic {
    node[LOCK_MANAGER].word = FREE;
    for (i : 0 .. N - 1) { node[i].next = N }
    run program(0); run program(1); run program(2);
    run service(0); run service(1); run service(2)
  }
}
