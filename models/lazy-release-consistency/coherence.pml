/*
 * src/protocols/treadmarks.ts: its functions under their names, each a part of a step of node n. Arguments and results
 * are registers: interval or diff e, page q, and m1, m2, m3 of the message.
 */

/* IntervalLog.add */
inline know(interval) { ME.log[ME.logged] = interval; ME.logged++ }

/* closeInterval: `named` gets the pages. */
inline closeInterval() {
  named = 0;
  for (c : 0 .. P - 1) { WHEN(PAGE(c).state == DIRTY, PAGE(c).state = NOTED; named = named | bit(c)) }
  if
  :: named != 0 ->
    ME.now = ME.now + one(n);
    j = at(ME.now, n);
    assert(j <= K);
    know(no(n, j));
    time[no(n, j)] = ME.now;
    names[no(n, j)] = named;
    for (c : 0 .. P - 1) { WHEN(has(named, c), assert(PAGE(c).noted == 0); PAGE(c).noted = j) }
  :: else
  fi
}

/* makeDiff and keepOwn, of page q, which is NOTED: d gets the diff's number. */
inline keepOwn() {
  assert(PAGE(q).state == NOTED && PAGE(q).noted != 0);
  d = no(n, PAGE(q).noted);
  for (b : 0 .. B - 1) {
    WHEN(PAGE(q).mem[b] != PAGE(q).twin[b], CONTENT(d, q, b) = PAGE(q).mem[b]);
    PAGE(q).twin[b] = 0
  }
  PAGE(q).held = PAGE(q).held | bit(d);
  PAGE(q).noted = 0
}

/* pages_apply and pages_patch: diff e into page q. */
inline applyDiff() {
  for (b : 0 .. B - 1) { WHEN(CONTENT(e, q, b) != 0, PAGE(q).mem[b] = CONTENT(e, q, b)) }
}

/* pages_make_writable, of page q */
inline makeTwin() {
  for (b : 0 .. B - 1) { PAGE(q).twin[b] = PAGE(q).mem[b] }
  PAGE(q).state = DIRTY
}

/* notice, of interval e for page q: what was pushed is patched in place; else the page closes, our own writes first. */
inline notice() {
  if
  :: has(PAGE(q).held, e) && PAGE(q).state == CLEAN -> applyDiff()
  :: else ->
    WHEN(PAGE(q).state == DIRTY, closeInterval());
#ifdef TWIN_DROPPED
    WHEN(PAGE(q).state == NOTED, PAGE(q).noted = 0; PAGE(q).state = INVALID);
#else
    WHEN(PAGE(q).state == NOTED, keepOwn(); PAGE(q).state = INVALID);
#endif
    WHEN(PAGE(q).state == CLEAN, PAGE(q).state = INVALID);
    PAGE(q).wanted = PAGE(q).wanted | bit(e)
  fi
}

/* IntervalLog.since, at the sender, and what incorporate takes in by time: the intervals after `known` up to `upTo`. */
inline putInOrder() {
  a = 0;
  if
  :: departs ->
    for (s : 1 .. sum(upTo)) { for (w : 0 .. N - 1) { for (i : at(known, w) + 1 .. at(upTo, w)) {
      WHEN(sum(time[no(w, i)]) == s, order[a] = no(w, i); a++)
    } } }
  :: else ->
    for (k : 1 .. node[from].logged) {
      e = node[from].log[k - 1];
      WHEN(index(e) > at(known, creator(e)) && index(e) <= at(upTo, creator(e)), order[a] = e; a++)
    }
  fi
}

/* acquire, of the intervals that come from node `from`, or from all who have arrived. */
inline acquire() {
  putInOrder();
  for (k : 1 .. a) {
    e = order[k - 1];
    w = creator(e);
    if
    :: index(e) > at(ME.now, w) ->
      assert(w != n && index(e) == at(ME.now, w) + 1 && covers(ME.now, time[e] - one(w))); /* mustFollow */
      know(e);
#ifdef SEEN_TOO_EARLY
      ME.now = ME.now + one(w);
#endif
#ifdef NOT_FORWARDED
      for (q : 0 .. P - 1) { WHEN(has(names[e], q) && (w == from || departs), notice()) }
#else
      for (q : 0 .. P - 1) { WHEN(has(names[e], q), notice()) }
#endif
#ifndef SEEN_TOO_EARLY
      ME.now = ME.now + one(w)
#endif
    :: else
    fi
  }
  assert(covers(ME.now, upTo))
}

/* apply, to page q: in the order of byTime; then it opens. */
inline apply() {
  for (s : 1 .. sum(ME.now)) { for (w : 0 .. N - 1) { for (i : 1 .. at(ME.now, w)) {
    e = no(w, i);
    WHEN(has(PAGE(q).wanted, e) && sum(time[e]) == s, applyDiff())
  } } }
  PAGE(q).wanted = 0;
  PAGE(q).state = CLEAN;
  WHEN(PAGE(q).wantWrite, makeTwin());
  PAGE(q).wantWrite = false
}

/* fetch, page q, and minimalWriters: x is missing, y the latest missing of each node, z whom to ask. */
inline fetch() {
  x = PAGE(q).wanted & ~PAGE(q).held;
  PAGE(q).asked = x;
  if
  :: x == 0 -> apply()
  :: else ->
    y = 0; z = 0;
    for (w : 0 .. N - 1) { for (i : 1 .. K) { WHEN(has(x, no(w, i)), y = y + (i - at(y, w)) * one(w)) } }
    for (w : 0 .. N - 1) {
      WHEN(at(y, w) != 0, z = z | bit(w));
#ifndef ARRIVAL_ORDER
      for (f : 0 .. N - 1) {
        WHEN(f != w && at(y, f) != 0 && at(time[no(f, at(y, f))], w) >= at(y, w), z = z & ~bit(w))
      }
#endif
    }
    for (f : 0 .. N - 1) {
      if
      :: has(z, f) ->
        m1 = 0;
        for (w : 0 .. N - 1) { for (i : 1 .. at(y, w)) {
          e = no(w, i);
          c = (at(time[no(f, at(y, f))], w) >= i); /* who has modified the page holds what it had seen of it */
          WHEN(c && w != f && has(PAGE(q).asked, e), assert(has(node[f].page[q].held, e)));
          WHEN(has(x, e) && (w == f || (c && !has(z, w))), m1 = m1 | bit(e))
        } }
        x = x & ~m1;
        SEND(f, diffRequest, m1, 0, q)
      :: else
      fi
    }
    assert(x == 0)
  fi
}

/* All pages that are closed: FETCHING, before anybody misses them. */
inline ahead() {
  for (q : 0 .. P - 1) { WHEN(PAGE(q).state == INVALID, PAGE(q).state = FETCHING; fetches = fetches | bit(q)) }
}

/* miss, page m3, for writing if m2: others may come along. */
inline missed() {
  PAGE(m3).state = FETCHING;
  PAGE(m3).wantWrite = m2;
  fetches = bit(m3);
  WHEN(has(AHEAD, n), ahead())
}

/* serve: diffs that are held, or our own that is made now. */
inline serve() {
  q = m3;
  for (e : 0 .. N * K - 1) {
    if
    :: has(m1, e) && !has(PAGE(q).held, e) -> keepOwn(); assert(d == e); PAGE(q).state = CLEAN
    :: else
    fi
  }
  SEND(from, diffReply, m1, 0, q)
}

/* received; what a notice has added meanwhile is asked for before the page opens. */
inline received() {
  q = m3;
  assert((PAGE(q).asked & m1) == m1);
  PAGE(q).asked = PAGE(q).asked & ~m1;
  PAGE(q).held = PAGE(q).held | m1;
#ifdef ARRIVAL_ORDER
  for (e : 0 .. N * K - 1) { WHEN(has(m1, e), applyDiff()) }
  PAGE(q).wanted = PAGE(q).wanted & ~m1;
#endif
  WHEN(PAGE(q).asked == 0, fetches = bit(q))
}
