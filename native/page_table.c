#include "page_table.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "fail_point.h"
#include "futex.h"

static _Atomic uint32_t *words;
/*
 * Stale faults since the page was last published. Only threads whose access failed before that moment can meet
 * a stale fault after it, once each: pages are opened before the stronger state is published. So in a sound
 * process the count stays below the number of threads, and no thread needs a counter of its own.
 */
static _Atomic uint32_t *stale;

bool page_table_create(uint32_t pages, enum page_state state) {
  words = calloc(pages, sizeof *words);
  stale = calloc(pages, sizeof *stale);
  if (words == NULL || stale == NULL) return false;
  for (uint32_t page = 0; page < pages; page++) atomic_init(&words[page], state);
  return true;
}

void page_table_destroy(void) {
  free((void *)words);
  free((void *)stale);
  words = stale = NULL;
}

uint32_t page_word(uint32_t page) { return atomic_load(&words[page]); }

bool page_claim(uint32_t page, uint32_t seen, uint32_t next) {
  return atomic_compare_exchange_strong(&words[page], &seen, next);
}

static void publish(uint32_t page, uint32_t word) {
  atomic_store_explicit(&stale[page], 0, memory_order_relaxed);
  if (atomic_exchange(&words[page], word) & WAITERS) futex_wake_all(&words[page]);
}

void page_publish(uint32_t page, enum page_state state) { publish(page, state); }
void page_publish_held(uint32_t page, enum page_state state) { publish(page, (uint32_t)state | HELD); }

/* Who only reads an EXCLUSIVE page leaves it to the one who wants to write. */
void page_let_go(uint32_t page, bool write) {
  uint32_t word = page_word(page);
  while ((word & HELD) && state_of(word) == (write ? EXCLUSIVE : SHARED)) {
    FAIL_POINT("hold:seen");
    if (page_claim(page, word, word & ~(uint32_t)HELD)) return;
    word = page_word(page);
  }
}

void page_sleep(uint32_t page, uint32_t seen, uint32_t flags) {
  uint32_t marked = seen | WAITERS | flags;
  if (marked != seen && !page_claim(page, seen, marked)) return;
  FAIL_POINT("sleep:marked");
  futex_wait(&words[page], marked);
}

bool page_may_be_stale(uint32_t page) {
  return atomic_fetch_add_explicit(&stale[page], 1, memory_order_relaxed) < MAX_STALE_FAULTS;
}
