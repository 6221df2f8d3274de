/*
 * native/page_table.c, native/pages.c and native/fault.c, with what src/protocols/treadmarks.ts does for one page.
 * Whoever runs this has the locals `me`, `seen` (a word that was looked at) and `won` (a compare-and-swap succeeded).
 */

/* page_table.c */
inline claim(from, to) { atomic { won = (word == from); WHEN(won, word = to; sound()) } }

inline publish(state) {
  atomic { seen = word; word = state; sound() }
  atomic { WHEN(seen & WAITERS, asleep[0] = false; asleep[1] = false; asleep[SERVICE] = false); seen = 0 }
}

/* The kernel compares and sleeps in one. */
inline pageSleep(flags) {
  atomic { won = (word == seen); seen = seen | WAITERS | flags; WHEN(won, word = seen) }
  atomic { WHEN(won && word == seen, asleep[me] = true); seen = 0; won = false }
  !asleep[me]
}

/* pages.c, pages_make_writable */
inline copyTwin() {
  atomic { twinUsers++; assert(twinUsers == 1); twin[0] = mem[0] }
  atomic { twin[1] = mem[1]; twinUsers--; whole = true }
}

inline makeWritable() {
#ifdef OPEN_EARLY
  access = WRITE;
  copyTwin();
  atomic { listed = true; entered = true }
#else
  copyTwin();
  atomic { listed = true; entered = true }
  access = WRITE
#endif
}

/* watch.c: the page has changed since its diff was made, and is in the interval that closes now. Nobody sleeps on it. */
inline begin() { atomic { assert(word == WATCHED); listed = true; watched = false; word = DIRTY; sound() } }

/* watch_close: what came before mprotect returned is seen by the second look. */
inline watchClose(left, after) {
  claim(WATCHED, CLOSING);
  atomic { assert(won); won = false }
  access = left;
#ifdef BLIND_CLOSE
  if
  :: true ->
#else
  if
  :: atomic { mem[0] != twin[0] || mem[1] != twin[1] -> access = WRITE; listed = true; watched = false }
    publish(DIRTY)
  :: mem[0] == twin[0] && mem[1] == twin[1] ->
#endif
    atomic { whole = false; entered = false; watched = false; twin[0] = 0; twin[1] = 0 }
    publish(after)
  fi
}

/* watch_look: how long an unchanged page stays is open. */
inline lookAtWatched() {
  if
  :: mem[0] != twin[0] -> begin()
  :: mem[0] == twin[0] ->
    if
    :: mem[1] != twin[1] -> begin()
    :: mem[1] == twin[1] ->
      if
      :: true
      :: watchClose(READ, CLEAN)
      fi
    fi
  fi
}

/* pages_close_interval: a page that is found TWINNING may be open already, and written. */
inline closeInterval() { WHEN(watched, lookAtWatched()); takeList() }

inline takeList() {
  if
  :: atomic { listed -> listed = false }
#ifndef SKIP_TWINNING
    do
    :: atomic { STATE == TWINNING -> seen = word } pageSleep(0)
    :: atomic { STATE != TWINNING -> break }
    od;
#endif
    claim(DIRTY, NOTED);
#ifndef SKIP_TWINNING
    assert(won);
#endif
    atomic { WHEN(won, assert(!noted); noted = true; won = false) }
  :: !listed
  fi
}

/* Each store is in one diff, and no diff has a byte that somebody else wrote. */
inline diffByte(b) {
  WHEN(mem[b] != twin[b], assert(mem[b] == stored[b] && mem[b] > shipped[b]); shipped[b] = mem[b])
}

inline diff() {
  atomic { twinUsers++; assert(twinUsers == 1 && whole); diffByte(0) }
  atomic { diffByte(1); twinUsers--; whole = false; entered = false; noted = false; twin[0] = 0; twin[1] = 0 }
}

/* close_claimed */
inline closeClaimed(left, after) {
#ifdef NOT_BUSY
  word = after;
  access = left;
  diff()
#else
#ifdef DIFF_FIRST
  diff();
  access = left;
#else
  access = left;
  diff();
#endif
  publish(after)
#endif
}

/* close_with_diff */
inline closeWithDiff(left, after) {
  claim(NOTED, CLOSING);
  atomic { assert(won); won = false }
  closeClaimed(left, after)
}

/* pages_renew: the page stays open. A byte is compared, later encoded, and later still written to the twin. */
inline encodeByte(b) {
  WHEN(made[b] != 0, assert(mem[b] == stored[b] && mem[b] > shipped[b]); made[b] = mem[b]; shipped[b] = mem[b])
}

inline renew() {
  claim(NOTED, CLOSING);
  atomic { assert(won); won = false; twinUsers++; assert(twinUsers == 1 && whole) }
  WHEN(mem[0] != twin[0], made[0] = 1);
  WHEN(mem[1] != twin[1], made[1] = 1);
  if
  :: made[0] == 0 && made[1] == 0 -> twinUsers--; closeClaimed(READ, CLEAN)
  :: else ->
    atomic { encodeByte(0) }
    atomic { encodeByte(1) }
    atomic {
#ifndef TWIN_STAYS
      WHEN(made[0] != 0, twin[0] = made[0]);
      WHEN(made[1] != 0, twin[1] = made[1]);
#endif
      made[0] = 0; made[1] = 0; twinUsers--; noted = false; watched = true
    }
    publish(WATCHED)
  fi
}

/* treadmarks.ts, patch: writes of our own become a diff first. */
inline prepare() {
  WHEN(STATE == DIRTY, takeList());
  WHEN(STATE == NOTED, renew())
}

/* treadmarks.ts, notice; pages_patch and pages_invalidate */
inline noticed() {
  if
  :: held == notice -> prepare(); claim(CLEAN, CLOSING)
  :: held != notice
  fi;
  if
  :: won -> atomic { mem[0] = notice; arrived = notice; won = false } publish(CLEAN)
  :: !won && held == notice && STATE == WATCHED ->
    claim(WATCHED, CLOSING);
    atomic { assert(won); won = false }
    atomic { mem[0] = notice; arrived = notice }
    twin[0] = notice;
    publish(WATCHED)
  :: !won && (held != notice || STATE != WATCHED) ->
    do
    :: atomic { STATE == INVALID || STATE == FETCHING -> break }
    :: atomic { STATE == TWINNING -> seen = word } pageSleep(0)
    :: STATE == DIRTY -> takeList(); assert(STATE == NOTED)
    :: STATE == NOTED -> closeWithDiff(NONE, INVALID)
    :: STATE == WATCHED -> watchClose(NONE, INVALID)
    :: STATE == CLEAN -> claim(CLEAN, CLOSING);
      if
      :: won -> atomic { access = NONE; won = false } publish(INVALID)
      :: !won
      fi
    od;
    wanted = notice
  fi;
  notice = 0
}

/* treadmarks.ts, fetch and apply; pages_open */
inline fetch() {
  if
  :: atomic { wanted != 0 && wanted != held -> asked = wanted }
  :: atomic { wanted == 0 || wanted == held -> WHEN(wanted != 0, mem[0] = wanted; arrived = wanted); wanted = 0 }
    if
    :: word & WANT_WRITE -> makeWritable(); publish(DIRTY)
    :: !(word & WANT_WRITE) -> access = READ; publish(CLEAN)
    fi
  fi
}

#define PERMITTED (STATE == DIRTY || STATE == NOTED || STATE == WATCHED || (STATE == CLEAN && !writes))

/* fault.c, fault_settle: it acts on the word that it has seen, until the state permits the access. */
inline settle() {
  do
  :: atomic { PERMITTED -> break }
  :: atomic { STATE == INVALID -> seen = word }
    claim(seen, (writes -> FETCHING | WANT_WRITE : FETCHING));
    atomic { WHEN(won, assert(!posted); posted = true; won = false); seen = 0 }
  :: atomic { writes && STATE == CLEAN -> seen = word }
    claim(seen, TWINNING);
    seen = 0;
    if
    :: won -> won = false; makeWritable(); publish(DIRTY)
    :: !won
    fi
  :: atomic { STATE == FETCHING || STATE == TWINNING || STATE == CLOSING -> seen = word }
    pageSleep((writes -> WANT_WRITE : 0))
  od
}

/* The processor: an access happens when the protection permits it, whatever the word says. */
inline touch() {
  do
  :: atomic { access >= (writes -> WRITE : READ) ->
      assert(mem[at] == (at == 0 -> newest : stored[at]));
      WHEN(writes, assert(whole && entered); mem[at]++; stored[at] = mem[at]);
      WHEN(at == 0, newest = mem[at]);
      break }
  :: access < (writes -> WRITE : READ) -> settle()
  od
}
