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

/* pages_close_interval: a page that is found TWINNING may be open already, and written. */
inline closeInterval() {
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

/* close_with_diff */
inline closeWithDiff(left, after) {
#ifdef NOT_BUSY
  word = after;
  access = left;
  diff()
#else
  claim(NOTED, CLOSING);
  atomic { assert(won); won = false }
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

/* treadmarks.ts, notice; pages_patch and pages_invalidate */
inline noticed() {
  if
  :: held == notice -> claim(CLEAN, CLOSING)
  :: held != notice
  fi;
  if
  :: won -> atomic { mem[0] = notice; arrived = notice; won = false } publish(CLEAN)
  :: !won ->
    do
    :: atomic { STATE == INVALID || STATE == FETCHING -> break }
    :: atomic { STATE == TWINNING -> seen = word } pageSleep(0)
    :: STATE == DIRTY -> closeInterval(); assert(STATE == NOTED)
    :: STATE == NOTED -> closeWithDiff(NONE, INVALID)
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

#define PERMITTED (STATE == DIRTY || STATE == NOTED || (STATE == CLEAN && !writes))

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
