/*
 * The states of a page and the word of a lock on one node: two program threads that fault, the service, and a remote
 * node that takes the lock, asks for our diff and sends notices. A step is one access, one compare-and-swap, one call
 * of mprotect or one byte of a copy, so all that threads can do to each other in between is tried. README.md says
 * what stands for what.
 */
#ifndef SECTIONS0
#define SECTIONS0 2 /* critical sections of thread 0 */
#endif
#ifndef SECTIONS1
#define SECTIONS1 0 /* critical sections of thread 1 */
#endif
#ifndef ACCESSES1
#define ACCESSES1 2 /* accesses of thread 1 outside of the lock */
#endif
#ifndef REMOTE
#define REMOTE 1 /* critical sections of the remote node */
#endif
#ifndef AHEAD
#define AHEAD 1 /* fetches that no thread has asked for */
#endif
#define WHEN(condition, ...) if :: condition -> __VA_ARGS__ :: else fi

#include "page-states/node.pml"
#include "page-states/pages.pml"
#include "page-states/locks.pml"

#define CALLED(t) (calls[t] == ACQUIRE || calls[t] == RELEASE)
#ifdef FOREVER /* as service.ts: threads that go on for ever do not keep messages waiting, nor each other */
bit turn;
#define TURN(t) (!forward && !granted && (turn == t || (!tells[1 - t] && !CALLED(1 - t))))
#define NEXT(t) turn = 1 - t
#else
#define TURN(t) true
#define NEXT(t) skip
#endif
#define REST done == 3 && !tells[0] && !tells[1] && !posted && asked == 0

/* One event after the other, each to its end. What a thread has told is taken before what it calls for. */
proctype service() {
  byte me = SERVICE, seen, task, who, early;
  bool won, absent, passes, grants, asks;
  do
  :: if
    :: atomic { TURN(0) && tells[0] -> NEXT(0); tells[0] = false; task = TOLD }
    :: atomic { TURN(1) && tells[1] -> NEXT(1); tells[1] = false; task = TOLD }
    :: atomic { TURN(0) && CALLED(0) && !tells[0] -> NEXT(0); task = calls[0]; calls[0] = TAKEN; who = 0 }
    :: atomic { TURN(1) && CALLED(1) && !tells[1] -> NEXT(1); task = calls[1]; calls[1] = TAKEN; who = 1 }
    :: atomic { forward -> forward = false; task = FORWARD }
    :: atomic { granted -> granted = false; task = GRANT }
    :: atomic { posted -> posted = false; task = FETCH; assert(STATE == FETCHING && asked == 0) }
    :: atomic { asked != 0 -> WHEN(wanted == asked, held = asked); asked = 0; task = FETCH }
    :: atomic { word == INVALID && early < AHEAD -> early++; word = FETCHING; task = FETCH }
    :: atomic { pushed != 0 -> held = pushed; pushed = 0 }
    :: request -> task = SERVE
    :: atomic { REST -> break }
    fi;
    if
    :: task == ACQUIRE -> lockAcquire()
    :: task == RELEASE || task == TOLD -> lockReleased(); WHEN(task == RELEASE, calls[who] = 0)
    :: task == FORWARD -> lockForwarded()
    :: task == GRANT -> lockGranted()
    :: task == FETCH -> fetch()
    :: task == SERVE ->
      if
      :: noted -> closeWithDiff(READ, CLEAN)
      :: noted -> renew()
      :: !noted
      fi;
      request = false
    :: task == 0
    fi;
    WHEN(passes, passLocally());
    WHEN(grants, grant());
    atomic {
      WHEN(asks, requested = true; assert(lastIsRemote); lastIsRemote = false; toGrant = true; asks = false);
      task = 0; who = 0
    }
  od;
  assert((mem[0] == known0 && mem[1] == shipped[1]) || (whole && (listed || noted || watched)))
}

/* A thread of the program: what it does next, and whether it only reads, is open. */
proctype program(byte me, sections, accesses) {
  byte seen, at;
  bool won, writes;
  do
#ifdef FOREVER
  :: acquire(); release()
#endif
  :: atomic { accesses + sections > 0 ->
      if
      :: accesses > 0 -> accesses--; at = 1
      :: sections > 0 -> sections--; at = 0
      fi;
      if
      :: writes = false
      :: writes = true
      fi }
    WHEN(at == 0, acquire());
    touch();
    WHEN(at == 0, release())
  :: accesses + sections == 0 -> break
  od;
  done++
}

/* The remote node keeps the rules, and no order that it need not keep. */
proctype remote() {
  byte sections = REMOTE, told, gave;
  do
  :: atomic { sections > 0 && !token && !lastIsRemote -> sections--; lastIsRemote = true; forward = true }
    atomic { token -> inside++; assert(inside == 1) }
    if
    :: true
    :: WHEN(unfetched, atomic { request = true; unfetched = false } !request);
      assert(later(shipped[0], theirs) == newest && shipped[1] >= before1);
      if
      :: true
      :: atomic { newest++; theirs = newest }
      fi
    fi;
    inside--
  :: atomic { token && toGrant ->
      token = false; toGrant = false; granted = true;
      notice = (theirs > told -> theirs : 0);
      told = theirs }
  :: atomic { theirs > gave && pushed == 0 -> pushed = theirs; gave = theirs }
  :: atomic { unfetched -> request = true; unfetched = false } !request
  :: atomic { done == 2 -> break }
  od;
  done++
}

init {
  atomic {
    run program(0, SECTIONS0, 0);
    run program(1, SECTIONS1, ACCESSES1);
    run service();
    run remote()
  }
}

#ifdef FOREVER /* who asks for the lock gets it, while both threads take it again and again */
#define ANSWERED(t) (calls[t] != 0 -> <> (calls[t] == 0))
ltl served { [] ((forward -> <> token) && ANSWERED(0) && ANSWERED(1)) }
#endif
