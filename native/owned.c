#include "owned.h"

#include "fail_point.h"
#include "mappings.h"
#include "page_table.h"
#include "pages.h"
#include "trouble.h"

static int in_trouble(uint32_t trouble) {
  trouble_report(trouble);
  return PAGES_TROUBLE;
}

int owned_grant(uint32_t page, bool exclusive) {
  if (state_of(page_word(page)) != FETCHING) return PAGES_MISUSE;
  uint32_t trouble = mappings_protect(page, exclusive ? ACCESS_WRITE : ACCESS_READ);
  if (trouble != TROUBLE_NONE) return in_trouble(trouble);
  FAIL_POINT("grant:opened");
  page_publish_held(page, exclusive ? EXCLUSIVE : SHARED);
  return 0;
}

/* Once mprotect has returned no store is in flight: what is read through the service view then is the page. */
static int narrow(uint32_t page, enum page_state before, enum access access, enum page_state after) {
  FAIL_POINT("narrow:claimed");
  uint32_t trouble = mappings_protect(page, access);
  FAIL_POINT("narrow:protected");
  page_publish(page, trouble == TROUBLE_NONE ? after : before);
  return trouble == TROUBLE_NONE ? 0 : in_trouble(trouble);
}

int owned_downgrade(uint32_t page) {
  for (;;) {
    uint32_t word = page_word(page);
    switch (state_of(word)) {
      case INVALID:
      case FETCHING:
      case SHARED:
        return 0;
      case EXCLUSIVE:
        if (word & HELD) return PAGES_HELD;
        if (page_claim(page, word, CLOSING)) return narrow(page, EXCLUSIVE, ACCESS_READ, SHARED);
        break;
      default:
        return PAGES_MISUSE;
    }
  }
}

static int close_fetching(uint32_t page) {
  uint32_t trouble = mappings_protect(page, ACCESS_NONE);
  return trouble == TROUBLE_NONE ? 0 : in_trouble(trouble);
}

int owned_recall(uint32_t page) {
  for (;;) {
    uint32_t word = page_word(page);
    switch (state_of(word)) {
      case INVALID:
        return 0;
      case FETCHING:
        return close_fetching(page);
      case SHARED:
      case EXCLUSIVE:
        if (word & HELD) return PAGES_HELD;
        if (page_claim(page, word, CLOSING)) return narrow(page, state_of(word), ACCESS_NONE, INVALID);
        break;
      default:
        return PAGES_MISUSE;
    }
  }
}

bool owned_wants_write(uint32_t page) { return (page_word(page) & WANT_WRITE) != 0; }
bool owned_held(uint32_t page) { return (page_word(page) & HELD) != 0; }
