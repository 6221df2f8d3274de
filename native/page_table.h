/*
 * The page table has one word for each page: its state, whether threads sleep on it, whether one of them
 * wants to write, and whether the page was granted to threads none of which has gone on yet. The word changes only by compare-and-swap or by the store of whoever owns the page, and it
 * is the futex on which faulting threads sleep. Who owns a page: a handler in TWINNING, the service in
 * FETCHING and CLOSING, nobody otherwise.
 */
#ifndef TM_PAGE_TABLE_H
#define TM_PAGE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers are part of the addon's contract (pageState). */
enum page_state {
  INVALID = 0,
  FETCHING = 1,
  CLEAN = 2,
  TWINNING = 3,
  DIRTY = 4,
  NOTED = 5,
  CLOSING = 6,
  WATCHED = 7,
  SHARED = 8,
  EXCLUSIVE = 9
};
enum { STATE = 15, WAITERS = 16, WANT_WRITE = 32, HELD = 64 };

/* MAX_STALE_FAULTS of src/limits.ts. */
#define MAX_STALE_FAULTS 10000

bool page_table_create(uint32_t pages, enum page_state state);
void page_table_destroy(void);

uint32_t page_word(uint32_t page);
static inline enum page_state state_of(uint32_t word) { return (enum page_state)(word & STATE); }

/* One compare-and-swap of the whole word; false when it was not `seen` any more. */
bool page_claim(uint32_t page, uint32_t seen, uint32_t next);
/* The owner gives the page up in `state`: flags are cleared, sleepers woken. */
void page_publish(uint32_t page, enum page_state state);
/* The same, HELD: threads wait for this access, and the page stays until one of them goes on. */
void page_publish_held(uint32_t page, enum page_state state);
/* A thread for which the page was granted goes on: HELD no more. */
void page_let_go(uint32_t page, bool write);
/* Sleeps until the page is published, having set `flags`; returns at once when the word is not `seen` any more. */
void page_sleep(uint32_t page, uint32_t seen, uint32_t flags);
/* A thread faulted although the state permits its access. False when that has happened too often. */
bool page_may_be_stale(uint32_t page);

#endif
