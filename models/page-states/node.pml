/*
 * What the threads of the node share, what is on its way to and from the remote node, ghosts that remember what has
 * happened, and what must always hold.
 */

/* The page word of native/page_table.h, what the program view permits, and the lock word of lock-words.ts. */
#define INVALID 0
#define FETCHING 1
#define CLEAN 2
#define TWINNING 3
#define DIRTY 4
#define NOTED 5
#define CLOSING 6
#define WATCHED 7
#define WAITERS 8
#define WANT_WRITE 16
#define NONE 0
#define READ 1
#define WRITE 2
#define ABSENT 0
#define FREE 1
#define HELD 2
#define WANTED 4
/* What the service has to do, and what a thread calls it for. */
#define ACQUIRE 1
#define RELEASE 2
#define TAKEN 3
#define TOLD 4
#define FORWARD 5
#define GRANT 6
#define FETCH 7
#define SERVE 8
#define SERVICE 2
#define NOBODY 3

/* Native memory. Byte 0 is written under the lock, byte 1 by thread 1 alone; no value is written twice. */
byte word = CLEAN;
#define STATE (word & 7)
byte access = READ;
byte mem[2];
byte twin[2];
bool listed;       /* the dirty list has the page */
bool watched;      /* it is compared with its twin when the interval closes */
byte made[2];      /* the diff of a page that stays open: 0 for a byte that has not changed */
bool posted;       /* the miss ring has it */
bool asleep[3];    /* on the page word */

/* The service's core: the page in treadmarks.ts, the lock in lock.ts. */
bool noted;
byte wanted;       /* the value whose notice is here and whose diff is not applied; 0 for none */
byte held;         /* the value of the last diff that came */
byte asked;        /* the value whose diff was asked for */
byte lock = FREE;
bool requested;
bool next;         /* the token is promised to the remote node */
byte first = NOBODY; /* the threads that wait here */
byte second = NOBODY;
byte calls[2];     /* a thread's call, until it is answered */
bool tells[2];     /* a thread has released a lock that is wanted, and gone on */

/* Messages; they overtake each other. The remote node. */
bool forward;
bool granted;
byte notice;       /* comes with the grant: the value that it is about */
byte pushed;
bool request;      /* for our diff */
bool toGrant;      /* our request for the lock is there */
bool lastIsRemote; /* at the lock's manager: who requested last */
bool token;        /* the remote node has it */
bool unfetched;    /* it has our notice, and not asked for the diff */
byte theirs;       /* the last value that it stored */

/* Ghosts: nobody decides by them. */
byte newest;       /* of byte 0 */
byte inside;       /* how many hold the lock */
byte stored[2];    /* the last value that this node stored */
byte shipped[2];   /* the last value in a diff of ours */
byte arrived;      /* the last value of theirs in our page */
byte before1;      /* of byte 1 what happened before the lock's last release */
bool whole;        /* the twin is complete */
bool entered;      /* the dirty list has had the page since the twin was made */
byte twinUsers;
byte done;
#define later(a, b) ((a) > (b) -> (a) : (b))
#define known0 later(shipped[0], arrived)

/* Invariants 1 and 2 of docs/page-states.md; and a page without a twin holds nothing that others cannot get. */
inline sound() {
  assert(STATE != INVALID || access == NONE);
  assert(STATE != CLEAN || access == READ);
  assert((STATE != DIRTY && STATE != NOTED && STATE != WATCHED) || (access == WRITE && whole && entered));
  assert(STATE != WATCHED || (watched && !listed && !noted));
  assert(STATE == FETCHING || STATE == TWINNING || STATE == CLOSING || word == STATE);
  assert((STATE != CLEAN && STATE != INVALID) || (mem[0] == known0 && mem[1] == shipped[1]))
}
