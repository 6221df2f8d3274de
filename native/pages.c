#include "pages.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "diff.h"
#include "fail_point.h"
#include "mappings.h"
#include "page_set.h"
#include "page_table.h"
#include "trouble.h"
#include "views.h"
#include "watch.h"

static struct page_set dirty;
/* The service is one thread, so one scratch is enough. */
static uint64_t *scratch;
/* A page: the twin with a patch, or a page as it was at one moment. */
static uint64_t *aside;

bool pages_create(uint32_t pages, uint32_t page_bytes) {
  scratch = malloc(diff_scratch_bytes(page_bytes));
  aside = malloc(page_bytes);
  return page_set_create(&dirty, pages) && watch_create(pages) && scratch != NULL && aside != NULL;
}

void pages_destroy(void) {
  page_set_destroy(&dirty);
  watch_destroy();
  free(scratch);
  free(aside);
  scratch = aside = NULL;
}

/* The entry is visible before the page is open: who has seen a write can rely on the next interval to name the page. */
uint32_t pages_make_writable(uint32_t page) {
  FAIL_POINT("write:claimed");
  memcpy(views_twin(page), views_service(page), views.page_bytes);
  FAIL_POINT("write:twinned");
  page_set_add(&dirty, page);
  FAIL_POINT("write:listed");
  uint32_t trouble = mappings_protect(page, ACCESS_WRITE);
  if (trouble != TROUBLE_NONE) {
    page_set_remove(&dirty, page);
    return trouble;
  }
  count_twin(page);
  FAIL_POINT("write:opened");
  return TROUBLE_NONE;
}

struct interval {
  uint32_t *pages;
  uint32_t count;
};

/*
 * The state decides, the list only says where to look. A page that is still TWINNING may be open already and
 * written by another thread that has synchronised since, so it must be in this interval: wait for it. One that
 * is not DIRTY then met trouble and was given up.
 */
static void note(uint32_t page, void *context) {
  struct interval *interval = context;
  FAIL_POINT("interval:taken");
  uint32_t word;
  while (state_of(word = page_word(page)) == TWINNING) page_sleep(page, word, 0);
  if (page_claim(page, DIRTY, NOTED)) interval->pages[interval->count++] = page;
  FAIL_POINT("interval:noted");
}

uint32_t pages_close_interval(uint32_t *out, bool keep_watched) {
  struct interval interval = {out, 0};
  watch_look(keep_watched, &dirty);
  page_set_take(&dirty, note, &interval);
  return interval.count;
}

static int give_up(uint32_t page, enum page_state state, uint32_t trouble) {
  trouble_report(trouble);
  if (state != FETCHING) page_publish(page, state);
  return PAGES_TROUBLE;
}

static size_t diff_of(uint32_t page, uint8_t *out) {
  return diff_make(views_twin(page), views_service(page), views.page_bytes, out, scratch);
}

#if TM_WRONG_ORDER == 0

/*
 * Once mprotect has returned no store is in flight, so the diff holds everything that was written; and while
 * the page is CLOSING no handler may touch its twin. With the publication the twin is free.
 */
static int64_t close_claimed(uint32_t page, enum access access, enum page_state after, uint8_t *out) {
  FAIL_POINT("close:claimed");
  uint32_t trouble = mappings_protect(page, access);
  if (trouble != TROUBLE_NONE) return give_up(page, NOTED, trouble);
  FAIL_POINT("close:protected");
  size_t bytes = diff_of(page, out);
  FAIL_POINT("close:diffed");
  page_publish(page, after);
  return (int64_t)bytes;
}

#elif TM_WRONG_ORDER == 1

/* For the tests, which must find it: diff, then protect. Writes between the two are in no diff. */
static int64_t close_claimed(uint32_t page, enum access access, enum page_state after, uint8_t *out) {
  size_t bytes = diff_of(page, out);
  FAIL_POINT("close:diffed");
  mappings_protect(page, access);
  FAIL_POINT("close:protected");
  page_publish(page, after);
  return (int64_t)bytes;
}

#else

/* For the tests, which must find it: no busy state. A handler makes a new twin under the diff that is being made. */
static int64_t close_claimed(uint32_t page, enum access access, enum page_state after, uint8_t *out) {
  page_publish(page, after);
  mappings_protect(page, access);
  FAIL_POINT("close:protected");
  size_t bytes = diff_of(page, out);
  FAIL_POINT("close:diffed");
  return (int64_t)bytes;
}

#endif

static int64_t close_with_diff(uint32_t page, enum access access, enum page_state after, uint8_t *out) {
  return page_claim(page, NOTED, CLOSING) ? close_claimed(page, access, after, out) : PAGES_NO_TWIN;
}

int64_t pages_make_diff(uint32_t page, uint8_t *out) { return close_with_diff(page, ACCESS_READ, CLEAN, out); }

/*
 * The page stays open, so stores may come meanwhile. The diff is made of a copy, and the twin takes that copy: a store that
 * came too late for it differs from the twin, and is in the next diff.
 */
int64_t pages_renew(uint32_t page, uint8_t *out) {
  if (!page_claim(page, NOTED, CLOSING)) return PAGES_NO_TWIN;
  FAIL_POINT("renew:claimed");
  memcpy(aside, views_service(page), views.page_bytes);
  FAIL_POINT("renew:copied");
  size_t bytes = diff_make(views_twin(page), (uint8_t *)aside, views.page_bytes, out, scratch);
  FAIL_POINT("renew:diffed");
  if (bytes == 0) return close_claimed(page, ACCESS_READ, CLEAN, out);
  memcpy(views_twin(page), aside, views.page_bytes);
  watch_add(page);
  page_publish(page, WATCHED);
  return (int64_t)bytes;
}

static int64_t invalidate_watched(uint32_t page) {
  switch (watch_close(page, ACCESS_NONE, INVALID, &dirty)) {
    case WATCH_CLOSED:
      return PAGES_NO_TWIN;
    case WATCH_CHANGED:
      return PAGES_DIRTY;
    default:
      return PAGES_TROUBLE;
  }
}

static int64_t close_clean(uint32_t page) {
  FAIL_POINT("close:claimed");
  uint32_t trouble = mappings_protect(page, ACCESS_NONE);
  if (trouble != TROUBLE_NONE) return give_up(page, CLEAN, trouble);
  FAIL_POINT("close:protected");
  page_publish(page, INVALID);
  return PAGES_NO_TWIN;
}

int64_t pages_invalidate(uint32_t page, uint8_t *out) {
  for (;;) {
    uint32_t word = page_word(page);
    switch (state_of(word)) {
      case INVALID:
      case FETCHING:
        return PAGES_NO_TWIN;
      case CLEAN:
        if (page_claim(page, word, CLOSING)) return close_clean(page);
        break;
      case TWINNING:
        page_sleep(page, word, 0);
        break;
      case DIRTY:
        return PAGES_DIRTY;
      case NOTED:
        return close_with_diff(page, ACCESS_NONE, INVALID, out);
      case WATCHED:
        return invalidate_watched(page);
      case CLOSING:
      case SHARED:
      case EXCLUSIVE:
        return PAGES_MISUSE;
    }
  }
}

static bool patch_clean(uint32_t page, const uint8_t *diff, size_t bytes) {
  FAIL_POINT("patch:claimed");
  bool sound = diff_apply(views_service(page), views.page_bytes, diff, bytes);
  FAIL_POINT("patch:written");
  page_publish(page, CLEAN);
  return sound;
}

/* Each byte of `x` that is not zero, as 0xff. */
static uint64_t bytes_of(uint64_t x) {
  const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
  return ((((x & low) + low) | x) & ~low) / 0x80 * 0xff;
}

/* A byte that this node has stored since `before` stays; the exchange sees one that comes meanwhile. */
static void merge_word(_Atomic uint64_t *word, uint64_t before, uint64_t after) {
  uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);
  for (;;) {
    uint64_t taken = bytes_of(before ^ after) & ~bytes_of(seen ^ before);
    uint64_t next = (seen & ~taken) | (after & taken);
    if (next == seen || atomic_compare_exchange_weak(word, &seen, next)) return;
  }
}

/*
 * The page is being written. What this node has stored since its last diff is in no diff yet, so it stays, as if it were
 * stored after the patch. The twin takes all bytes of the patch: they are no writes of this node.
 */
static bool patch_open(uint32_t page, enum page_state state, const uint8_t *diff, size_t bytes) {
  FAIL_POINT("patch:claimed");
  uint64_t *twin = (uint64_t *)views_twin(page), *patched = aside;
  memcpy(patched, twin, views.page_bytes);
  bool sound = diff_apply((uint8_t *)patched, views.page_bytes, diff, bytes);
  _Atomic uint64_t *words = (_Atomic uint64_t *)views_service(page);
  for (size_t i = 0; sound && i < views.page_bytes / 8; i++)
    if (twin[i] != patched[i]) merge_word(&words[i], twin[i], patched[i]);
  FAIL_POINT("patch:written");
  if (sound) memcpy(twin, patched, views.page_bytes);
  page_publish(page, state);
  return sound;
}

int pages_patch(uint32_t page, const uint8_t *diff, size_t bytes) {
  for (;;) {
    uint32_t word = page_word(page);
    enum page_state state = state_of(word);
    switch (state) {
      case CLEAN:
        if (page_claim(page, word, CLOSING)) return patch_clean(page, diff, bytes) ? 0 : PAGES_MALFORMED;
        break;
      case TWINNING:
        page_sleep(page, word, 0);
        break;
      case DIRTY:
      case NOTED:
      case WATCHED:
        if (page_claim(page, word, CLOSING)) return patch_open(page, state, diff, bytes) ? 0 : PAGES_MALFORMED;
        break;
      default:
        return PAGES_MISUSE;
    }
  }
}

void pages_read(uint32_t page, uint8_t *out) { memcpy(out, views_service(page), views.page_bytes); }

bool pages_begin_fetch(uint32_t page) { return page_claim(page, INVALID, FETCHING); }

int pages_apply(uint32_t page, const uint8_t *diff, size_t bytes) {
  if (state_of(page_word(page)) != FETCHING) return PAGES_MISUSE;
  return diff_apply(views_service(page), views.page_bytes, diff, bytes) ? 0 : PAGES_MALFORMED;
}

/* A thread that wants to write only after we have looked finds the page CLEAN and makes the twin itself. */
int pages_open(uint32_t page) {
  uint32_t word = page_word(page);
  if (state_of(word) != FETCHING) return PAGES_MISUSE;
  int writes = (word & WANT_WRITE) != 0;
  uint32_t trouble = writes ? pages_make_writable(page) : mappings_protect(page, ACCESS_READ);
  if (trouble != TROUBLE_NONE) return give_up(page, FETCHING, trouble);
  FAIL_POINT("open:opened");
  page_publish(page, writes ? DIRTY : CLEAN);
  return 0;
}
