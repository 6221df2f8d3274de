/*
 * src/core/lock.ts for one lock and src/core/meeting.ts for barriers, for one program on each node: their functions
 * under their names. Registers: who asks for the lock is `by`, and has seen m1.
 */

inline request() {
  assert(ME.word == ABSENT && !ME.asking);
  ME.asking = true;
  ME.waits = true;
  by = n; m1 = ME.now;
  if
  :: n == LOCK_MANAGER -> type = lockRequest
  :: else -> SEND(LOCK_MANAGER, lockRequest, m1, 0, n)
  fi
}

/* At the lock's manager. */
inline requested() {
  assert(n == LOCK_MANAGER && last != by);
  f = last;
  last = by;
  if
  :: f == n -> type = lockForward
  :: else -> SEND(f, lockForward, m1, 0, by)
  fi
}

inline forwarded() {
  assert(ME.next == N && by != n);
  if
  :: !ME.asking && ME.word == FREE -> ME.word = ABSENT; grants = true
  :: else ->
    assert(ME.asking || ME.word == HELD);
    WHEN(!ME.asking, ME.word = HELD | WANTED);
    ME.next = by;
    ME.nextTime = m1
  fi
}

/* The program found WANTED, so with one program on a node somebody is next. */
inline released() {
  assert(ME.next != N && ME.word == (FREE | WANTED));
  ME.told = false;
  ME.word = ABSENT;
  by = ME.next; m1 = ME.nextTime;
  ME.next = N;
  ME.nextTime = 0;
  grants = true
}

/* grant, and the protocol's release: the interval closes now, not before. */
inline grant() {
#ifndef NOT_CLOSED
  closeInterval();
#endif
  SEND(by, lockGrant, m1, ME.now, 0)
}

/* After acquire. */
inline granted() {
  assert(ME.asking);
  ME.asking = false;
  ME.word = (ME.next == N -> HELD : HELD | WANTED);
  ME.waits = false
}

/* meet, and the protocol's arrive and push: the readers m3 get the diffs of the interval that closes now. */
inline arriveAt() {
  ME.waits = true;
  ME.early = m2;
  closeInterval();
  for (q : 0 .. P - 1) {
    if
    :: has(named, q) && m3 != 0 ->
      keepOwn();
      PAGE(q).state = CLEAN;
      for (f : 0 .. N - 1) { WHEN(has(m3, f) && f != n, SEND(f, diffPush, bit(d), 0, q)) }
    :: else
    fi
  }
  from = n; m1 = ME.reported; m2 = ME.now;
  ME.reported = at(ME.now, n);
  if
  :: n == MEETING_MANAGER -> type = arrive
  :: else -> SEND(MEETING_MANAGER, arrive, m1, m2, 0)
  fi
}

/* At the manager of meetings: `from` has seen m2, and its own intervals after m1 come along. The last ends it. */
inline arrived() {
  assert(n == MEETING_MANAGER && arrivalTime[from] == 0);
  arrivalFrom[from] = m1;
  arrivalTime[from] = m2;
  arrivals++;
  if
  :: arrivals == N ->
    acquires = true; departs = true;
    known = 0; upTo = 0;
    for (w : 0 .. N - 1) {
      known = known + arrivalFrom[w] * one(w);
      upTo = upTo + at(arrivalTime[w], w) * one(w)
    }
  :: else
  fi
}

/* depart, after acquire. The manager's own interval has ended with its arrival, and its program waits. */
inline departAll() {
  for (g : 0 .. N - 1) {
    WHEN(g != n, SEND(g, depart, arrivalTime[g], ME.now, 0));
    arrivalFrom[g] = 0;
    arrivalTime[g] = 0
  }
  for (c : 0 .. P - 1) { assert(PAGE(c).state != DIRTY) }
  arrivals = 0
}

inline departed() {
  ME.waits = false;
  WHEN(ME.early, ahead());
  ME.early = false
}
