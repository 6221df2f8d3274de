#include "fault.h"

#include "counts.h"
#include "fail_point.h"
#include "miss_ring.h"
#include "page_table.h"
#include "pages.h"
#include "trouble.h"
#include "wake.h"

static bool permits(enum page_state state, bool write) {
  switch (state) {
    case DIRTY:
    case NOTED:
    case WATCHED:
    case EXCLUSIVE:
      return true;
    case CLEAN:
    case SHARED:
      return !write;
    default:
      return false;
  }
}

static void stay_in(uint32_t trouble) {
  trouble_report(trouble);
  trouble_stay();
}

/* The page was opened while the access was on its way here: trying again is right, but not for ever. */
static void try_again(uint32_t page) {
  FAIL_POINT("fault:stale");
  if (!page_may_be_stale(page)) stay_in(TROUBLE_STALE);
}

/* The winner posts the page; it then sleeps on the page like everybody else. */
static void miss(uint32_t page, uint32_t word, bool write) {
  if (!page_claim(page, word, FETCHING | (write ? WANT_WRITE : 0))) return;
  FAIL_POINT("miss:claimed");
  miss_ring_post(page);
  FAIL_POINT("miss:posted");
  wake_service();
}

static void open_clean(uint32_t page, uint32_t word) {
  if (!page_claim(page, word, TWINNING)) return;
  uint32_t trouble = pages_make_writable(page);
  /* Whoever sees that the page was given up sees why. */
  if (trouble != TROUBLE_NONE) trouble_report(trouble);
  page_publish(page, trouble == TROUBLE_NONE ? DIRTY : CLEAN);
  if (trouble != TROUBLE_NONE) trouble_stay();
}

static void step(uint32_t page, uint32_t word, bool write) {
  FAIL_POINT("fault:looked");
  switch (state_of(word)) {
    case INVALID:
    case SHARED:
      miss(page, word, write);
      break;
    case CLEAN:
      open_clean(page, word);
      break;
    default:
      page_sleep(page, word, write ? WANT_WRITE : 0);
  }
}

void fault_settle(uint32_t page, bool write) {
  uint32_t word = page_word(page);
  if (permits(state_of(word), write)) {
    try_again(page);
    return;
  }
  count_fault(page, write);
  do {
    step(page, word, write);
    word = page_word(page);
  } while (!permits(state_of(word), write));
  page_let_go(page, write);
}
