/*
 * src/core/lock-words.ts, for the threads and for the service, and src/core/lock.ts for one lock. What an event of
 * the core ends with is left in `passes`, `grants` and `asks`: the service does it after the event.
 */

/* member.ts; lock-words.ts, acquireWord and releaseWord */
inline acquire() {
  if
#ifdef LOCAL_FIRST
  :: atomic { (lock & FREE) != 0 -> lock = HELD | (lock & WANTED) }
  :: atomic { (lock & FREE) == 0 -> calls[me] = ACQUIRE } calls[me] == 0
#else
  :: atomic { lock == FREE -> lock = HELD }
  :: atomic { lock != FREE -> calls[me] = ACQUIRE } calls[me] == 0
#endif
  fi;
  atomic { inside++; assert(inside == 1) }
}

inline release() {
  atomic { inside--; WHEN(me == 1, before1 = stored[1]); won = (lock == HELD); WHEN(won, lock = FREE) }
  if
  :: won -> won = false
#ifdef FORGETS_WANTED
  :: !won -> lock = FREE
#else
  :: !won -> lock = FREE | WANTED;
    if
    :: tells[me] -> calls[me] = RELEASE; calls[me] == 0
    :: else -> tells[me] = true
    fi
#endif
  fi
}

/* lock-words.ts, the loop of compare-and-swap: FREE becomes `taken`, HELD gets the flag. */
inline take(taken) {
  atomic {
    won = (lock & FREE) != 0;
    absent = (lock == ABSENT);
    lock = (won -> taken : (absent -> ABSENT : HELD | WANTED))
  }
}

/* lock.ts: a thread calls; the thread, or a local one, has released; another node is next; the token has come. */
inline lockAcquire() {
  atomic { WHEN(first != NOBODY, second = who); WHEN(first == NOBODY, first = who) }
  if
  :: requested || next
  :: else -> take(HELD); atomic { passes = won; asks = absent; won = false; absent = false }
  fi
}

inline lockReleased() {
  if
  :: next -> take(ABSENT); atomic { WHEN(won, next = false; grants = true); won = false; absent = false }
#ifdef PASS_WITHOUT_LOOK
  :: !next && first != NOBODY -> passes = true
#else
  :: !next && first != NOBODY -> take(HELD); atomic { passes = won; won = false; absent = false }
#endif
  :: !next && first == NOBODY -> atomic { WHEN(lock == (FREE | WANTED), lock = FREE) }
  fi
}

inline lockForwarded() {
  assert(!next);
  if
  :: requested -> next = true
  :: !requested -> take(ABSENT); atomic { assert(!absent); grants = won; next = !won; won = false }
  fi
}

inline lockGranted() {
  atomic { assert(requested); requested = false }
  WHEN(notice != 0, noticed());
  passes = true
}

inline passLocally() {
  atomic {
    assert(first != NOBODY);
    who = first; first = second; second = NOBODY;
    lock = (next || first != NOBODY -> HELD | WANTED : HELD)
  }
  atomic { calls[who] = 0; passes = false }
}

inline grant() {
  closeInterval();
  atomic {
    assert(noted || (newest == known0 && before1 <= shipped[1]));
    unfetched = unfetched || noted;
    token = true;
    grants = false;
    asks = (first != NOBODY)
  }
}
