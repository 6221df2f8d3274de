/*
 * Owned pages have one writer at a time, and no twin and no diff. SHARED: the node may read, and a write is a miss.
 * EXCLUSIVE: it may write, and no other node has a copy. A page that was granted is HELD until a thread that waited for
 * it goes on: otherwise a page that many want may be taken away again and again before anybody has touched it.
 * Only the service calls these. They return 0, PAGES_HELD, PAGES_TROUBLE or PAGES_MISUSE (pages.h).
 */
#ifndef TM_OWNED_H
#define TM_OWNED_H

#include <stdbool.h>
#include <stdint.h>

/* FETCHING → EXCLUSIVE or SHARED, held. */
int owned_grant(uint32_t page, bool exclusive);
/* EXCLUSIVE → SHARED; nothing in a state that permits no writing. */
int owned_downgrade(uint32_t page);
/* SHARED or EXCLUSIVE → INVALID. A FETCHING page loses all access: it may have been SHARED, and readable still. */
int owned_recall(uint32_t page);

/* A thread that waits for this FETCHING page wants to write. */
bool owned_wants_write(uint32_t page);
/* The page was granted, and none of those who waited for it has gone on. */
bool owned_held(uint32_t page);

#endif
