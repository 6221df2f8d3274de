#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "fail_point.h"
#include "trouble.h"
#include "views.h"

/* A page that stays is entered in the other set while the one is taken. */
static struct page_set watched, staying;
/* How often in a row each was found unchanged. */
static uint8_t *found;

bool watch_create(uint32_t pages) {
  found = calloc(pages, sizeof *found);
  return found != NULL && page_set_create(&watched, pages) && page_set_create(&staying, pages);
}

void watch_destroy(void) {
  free(found);
  found = NULL;
  page_set_destroy(&watched);
  page_set_destroy(&staying);
}

void watch_add(uint32_t page) {
  found[page] = 0;
  page_set_add(&watched, page);
}

static bool changed(uint32_t page) {
  return memcmp(views_service(page), views_twin(page), views.page_bytes) != 0;
}

/* As for any page: the entry first, then the state that relies on it. */
static void begin(uint32_t page, struct page_set *dirty) {
  page_set_add(dirty, page);
  page_publish(page, DIRTY);
}

/* Once mprotect has returned no store is in flight: what is equal to its twin then has lost nothing. */
enum watch_closed watch_close(uint32_t page, enum access access, enum page_state after, struct page_set *dirty) {
  if (!page_claim(page, WATCHED, CLOSING)) return WATCH_CHANGED;
  FAIL_POINT("watch:claimed");
  uint32_t trouble = mappings_protect(page, access);
  FAIL_POINT("watch:protected");
  if (trouble == TROUBLE_NONE && !changed(page)) {
    page_publish(page, after);
    return WATCH_CLOSED;
  }
  if (trouble == TROUBLE_NONE) trouble = mappings_protect(page, ACCESS_WRITE);
  begin(page, dirty);
  if (trouble == TROUBLE_NONE) return WATCH_CHANGED;
  trouble_report(trouble);
  return WATCH_TROUBLE;
}

struct look {
  bool keep;
  struct page_set *dirty;
};

static void look(uint32_t page, void *context) {
  const struct look *how = context;
  if (state_of(page_word(page)) != WATCHED) return;
  FAIL_POINT("watch:looked");
  if (changed(page)) {
    begin(page, how->dirty);
  } else if (how->keep && ++found[page] < MAX_WATCHED) {
    page_set_add(&staying, page);
  } else {
    watch_close(page, ACCESS_READ, CLEAN, how->dirty);
  }
}

void watch_look(bool keep, struct page_set *dirty) {
  struct look how = {keep, dirty};
  page_set_take(&watched, look, &how);
  struct page_set empty = watched;
  watched = staying;
  staying = empty;
}
