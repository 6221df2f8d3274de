/*
 * Pages are what the service does to the coherence units of the heap: close an interval, make the diff of a
 * page, invalidate, patch and open it. Each operation follows the page state machine: claim the page by
 * compare-and-swap, change its protection, do the work, publish. All but `pages_make_writable` are called by
 * the service thread alone.
 */
#ifndef TM_PAGES_H
#define TM_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an operation answers instead of a length. */
enum {
  /* There was no twin, so no diff. */
  PAGES_NO_TWIN = -1,
  /* The page belongs to the open interval. */
  PAGES_DIRTY = -2,
  /* The trap is in trouble (trouble.h); the page is as it was. */
  PAGES_TROUBLE = -3,
  /* The page is not in a state for this operation: a mistake of the caller. */
  PAGES_MISUSE = -4,
  /* The diff is malformed; nothing was written. */
  PAGES_MALFORMED = -5,
  /* The page was granted to a thread that has not gone on yet; nothing was done. */
  PAGES_HELD = -6
};

bool pages_create(uint32_t pages, uint32_t page_bytes);
void pages_destroy(void);

/*
 * Each page DIRTY → NOTED, its number into `out`, which has room for all; watched pages that have changed are among
 * them (watch.h). With `keep_watched` false none stays watched. Returns how many.
 */
uint32_t pages_close_interval(uint32_t *out, bool keep_watched);
/* NOTED → CLEAN. `out` has room for diff_limit bytes. Returns the diff's length, PAGES_NO_TWIN or PAGES_TROUBLE. */
int64_t pages_make_diff(uint32_t page, uint8_t *out);
/*
 * NOTED → WATCHED: the same, but the page stays open, and is compared when an interval closes. One that has not changed
 * after all is CLEAN then.
 */
int64_t pages_renew(uint32_t page, uint8_t *out);
/* CLEAN, NOTED or WATCHED → INVALID. Returns as pages_make_diff, or PAGES_DIRTY when nothing was done. */
int64_t pages_invalidate(uint32_t page, uint8_t *out);
/*
 * Patches a CLEAN page, which stays open for reading: a thread that races with this sees each byte old or new, and
 * one that wants to write waits, since its twin must not hold half a diff. Or a DIRTY, NOTED or WATCHED one, which
 * stays open for writing, and its twin. Returns 0, PAGES_MALFORMED, or PAGES_MISUSE in any other state, with nothing
 * written.
 */
int pages_patch(uint32_t page, const uint8_t *diff, size_t bytes);
/* Copies the page as it is now; stores may come meanwhile, and each is in the copy or not. */
void pages_read(uint32_t page, uint8_t *out);
/* INVALID → FETCHING, as if a thread had missed the page; nobody is posted. False in any other state. */
bool pages_begin_fetch(uint32_t page);
/* Patches a page that is FETCHING. Returns 0, PAGES_MALFORMED or PAGES_MISUSE. */
int pages_apply(uint32_t page, const uint8_t *diff, size_t bytes);
/* FETCHING → CLEAN, or DIRTY when a thread wants to write. Returns 0, PAGES_TROUBLE or PAGES_MISUSE. */
int pages_open(uint32_t page);

/*
 * For the owner of a page that is not open for writing: twin, entry in the dirty list, write access. What is
 * left is to publish DIRTY. On trouble the entry is out again and the page as it was. Safe in a signal handler.
 */
uint32_t pages_make_writable(uint32_t page);

#endif
