/*
 * What a node knows, what is on its way, and the words of the model: vector times are packed into one number, sets of
 * intervals and pages are bits, messages carry numbers of intervals and diffs, whose contents never change.
 */

#ifdef COVERAGE /* Spin tells which lines were never reached, also of those inside a step; slower */
#define STEP atomic
#else
#define STEP d_step
#endif
#define WHEN(condition, ...) if :: condition -> __VA_ARGS__ :: else fi

/* A vector time is one number with three bits for each node; interval i of node w has the number no(w, i). */
#define at(time, w) (((time) >> (3 * (w))) & 7)
#define one(w) (1 << (3 * (w)))
#define sum(time) (at(time, 0) + at(time, 1) + at(time, 2))
#define covers(a, b) (at(a, 0) >= at(b, 0) && at(a, 1) >= at(b, 1) && at(a, 2) >= at(b, 2))
#define no(w, i) ((w) * K + (i) - 1)
#define creator(interval) ((interval) / K)
#define index(interval) ((interval) % K + 1)
#define bit(x) (1 << (x))
#define has(set, x) (((set) >> (x)) & 1)

/* Events of the own program, and messages. */
mtype = { lockAcquire, lockRelease, meet, miss };
mtype = { lockRequest, lockForward, lockGrant, arrive, depart, diffRequest, diffReply, diffPush };
/* Page states, without those that last only while one thread is busy; lock words. */
#define CLEAN 0
#define INVALID 1
#define FETCHING 2
#define DIRTY 3
#define NOTED 4
#define ABSENT 0
#define FREE 1
#define HELD 2
#define WANTED 4

typedef Page {
  byte state;
  bool wantWrite;
  byte noted;   /* own interval whose diff is not made yet */
  short wanted; /* notices whose diffs are not applied yet, as bits */
  short held;   /* diffs that are here */
  short asked;  /* diffs on their way */
  byte mem[B];
  byte twin[B]
};
typedef Node {
  Page page[P];
  short now;
  byte log[N * K]; /* the intervals in the order in which they became known */
  byte logged;
  byte reported;
  byte word;
  bool asking;
  byte next;      /* whom the token goes to next; N for nobody */
  short nextTime;
  bool told;      /* the program has told of a release, and the service has not looked */
  bool waits;     /* the program waits for an answer */
  bool early;     /* it will fetch ahead */
  byte seen[P * B] /* ghost: of each byte the version that happened before, for the program to judge by */
};
Node node[N];
#define ME node[n]
#define PAGE(p) node[n].page[p]

/* Order is kept from one node to another, and nothing is promised beyond that. */
chan link[N * (N - 1)] = [LINK] of { mtype, short, short, byte };
#define queue(from, to) link[(from) * (N - 1) + (to) - ((to) > (from) -> 1 : 0)]
#define SEND(to, ...) assert(nfull(queue(n, to))); queue(n, to)!__VA_ARGS__
/* From a program to its service, which takes it at once. */
chan event[N] = [0] of { mtype, byte, byte };

/* Intervals and diffs never change once they are made, so messages carry numbers and the contents are here. */
short time[N * K];
byte names[N * K];           /* the pages of an interval, as bits */
byte content[N * K * P * B]; /* 0: not in the diff */
#define CONTENT(interval, p, b) content[((interval) * P + (p)) * B + (b)]

byte last = LOCK_MANAGER;    /* at the lock's manager: who requested last */
byte arrivals;               /* at the manager of meetings, and what came with them */
short arrivalTime[N];
byte arrivalFrom[N];

byte ended;
byte inside;                 /* ghost: how many hold the lock */
byte met;                    /* ghost: how many programs have arrived */
byte lockSeen[P * B];        /* ghost: what happened before the lock's last release */
byte metSeen[P * B];         /* ghost: what happened before the arrivals */

/*
 * Registers, outside of the state. What has come is not changed by a step, since Spin puts it back from here when it
 * goes back over a receive; the step works on copies, and each register is set before it is used.
 */
hidden mtype gotType, type;
hidden short got1, got2, m1, m2, known, upTo, x, y, z;
hidden byte got3, gotFrom, m3, from, by, fetches, acquires, grants, departs, named;
hidden byte order[N * K];
hidden byte a, b, c, d, e, f, g, i, j, k, q, s, w;
