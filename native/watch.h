/*
 * Watched pages are open for writing although nothing of them is new: their diff was made without closing them, because
 * they are written again and again, and their twin is what was sent. Each time an interval closes they are compared
 * with it: one that has changed is dirty from then on, one that has not for some time is closed. So a page that is
 * written in every round costs a comparison instead of a fault. Only the service uses this.
 */
#ifndef TM_WATCH_H
#define TM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "mappings.h"
#include "page_set.h"
#include "page_table.h"

/* MAX_WATCHED of src/limits.ts: how often in a row a page may be found unchanged before it is closed. */
#define MAX_WATCHED 4

bool watch_create(uint32_t pages);
void watch_destroy(void);

/* The page is to be WATCHED. */
void watch_add(uint32_t page);

/* Looks at all; those that have changed are DIRTY then, with an entry in `dirty`. With `keep` false none stays watched. */
void watch_look(bool keep, struct page_set *dirty);

/* What close came to. */
enum watch_closed { WATCH_CLOSED, WATCH_CHANGED, WATCH_TROUBLE };

/*
 * WATCHED → `after`, with `access`. When the page turns out to have changed it is DIRTY instead, open, with an entry in
 * `dirty`. In trouble it stays as it was.
 */
enum watch_closed watch_close(uint32_t page, enum access access, enum page_state after, struct page_set *dirty);

#endif
