/*
 * Any sequence of stores and of the service's operations, with any bytes as diffs, on a real heap with its trap:
 * every answer, every state and every byte of every page must be those of a plain model that follows
 * docs/page-states.md. One thread only, so it never touches a page that would make it wait; schedules are the
 * stress test's matter.
 */
#include "../pages.h"

#include <sys/mman.h>

#include "../diff.h"
#include "../heap.h"
#include "../page_table.h"
#include "../test/scalar_diff.h"
#include "../trouble.h"
#include "../views.h"
#include "../wake.h"
#include "../watch.h"
#include "fuzz.h"

enum { PAGES = 4, PAGE = 4096, LIMIT = PAGE + PAGE / 8, BUDGET = 1000 };

static struct {
  enum page_state state;
  uint8_t bytes[PAGE], twin[PAGE];
  /* How often a watched page was found so. */
  int unchanged;
} model[PAGES];

/* The last diff that an operation made. */
static uint8_t last[LIMIT];
static size_t last_bytes;

/* The heap's faults are its handler's matter, and only those. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allow_user_segv_handler=1:handle_segv=0"; }

static void start(void) {
  FUZZ_CHECK(wake_create() == 0);
  void *region = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FUZZ_CHECK(region != MAP_FAILED);
  FUZZ_CHECK(heap_create(region, (struct heap_shape){PAGES * PAGE, PAGE, true, BUDGET}) == 0);
  memset(model, 0, sizeof model);
  for (uint32_t page = 0; page < PAGES; page++) model[page].state = CLEAN;
  last_bytes = 0;
}

static bool is_open(uint32_t page) {
  enum page_state state = model[page].state;
  return state == CLEAN || state == DIRTY || state == NOTED || state == WATCHED;
}

static void store_byte(uint32_t page, uint32_t offset, uint8_t value) {
  if (!is_open(page)) return;
  if (model[page].state == CLEAN) {
    memcpy(model[page].twin, model[page].bytes, PAGE);
    model[page].state = DIRTY;
  }
  *(volatile uint8_t *)(views_program(page) + offset) = value;
  model[page].bytes[offset] = value;
}

static void load_byte(uint32_t page, uint32_t offset) {
  if (is_open(page)) FUZZ_CHECK(*(volatile uint8_t *)(views_program(page) + offset) == model[page].bytes[offset]);
}

/* Of a watched page: one that has changed is DIRTY, one that has not is so for some time. */
static void look(uint32_t page, bool keep) {
  if (memcmp(model[page].twin, model[page].bytes, PAGE) != 0) model[page].state = DIRTY;
  else if (!keep || ++model[page].unchanged == MAX_WATCHED) model[page].state = CLEAN;
}

static void close_interval(bool keep) {
  uint32_t pages[PAGES], expected[PAGES], count = 0;
  for (uint32_t page = 0; page < PAGES; page++) {
    if (model[page].state == WATCHED) look(page, keep);
    if (model[page].state != DIRTY) continue;
    expected[count++] = page;
    model[page].state = NOTED;
  }
  FUZZ_CHECK(pages_close_interval(pages, keep) == count);
  FUZZ_CHECK(memcmp(pages, expected, count * sizeof *pages) == 0);
}

/* What was answered for a page that was NOTED is the diff, and for another `otherwise`. */
static void check_diff(uint32_t page, int64_t answer, const uint8_t *made, int64_t otherwise) {
  if (model[page].state != NOTED) {
    FUZZ_CHECK(answer == otherwise);
    return;
  }
  last_bytes = scalar_make(model[page].twin, model[page].bytes, PAGE, last);
  FUZZ_CHECK(answer == (int64_t)last_bytes && memcmp(made, last, last_bytes) == 0);
}

static void make_diff(uint32_t page) {
  uint8_t *made = malloc(diff_limit(PAGE));
  check_diff(page, pages_make_diff(page, made), made, PAGES_NO_TWIN);
  if (model[page].state == NOTED) model[page].state = CLEAN;
  free(made);
}

static void renew(uint32_t page) {
  uint8_t *made = malloc(diff_limit(PAGE));
  bool noted = model[page].state == NOTED;
  check_diff(page, pages_renew(page, made), made, PAGES_NO_TWIN);
  if (noted) {
    model[page].state = last_bytes == 0 ? CLEAN : WATCHED;
    model[page].unchanged = 0;
    memcpy(model[page].twin, model[page].bytes, PAGE);
  }
  free(made);
}

static void invalidate(uint32_t page) {
  uint8_t *made = malloc(diff_limit(PAGE));
  if (model[page].state == WATCHED) {
    bool changed = memcmp(model[page].twin, model[page].bytes, PAGE) != 0;
    model[page].state = changed ? DIRTY : CLEAN;
  }
  int64_t otherwise = model[page].state == DIRTY ? PAGES_DIRTY : PAGES_NO_TWIN;
  check_diff(page, pages_invalidate(page, made), made, otherwise);
  if (model[page].state == NOTED || model[page].state == CLEAN) model[page].state = INVALID;
  free(made);
}

static void begin_fetch(uint32_t page) {
  bool begins = model[page].state == INVALID;
  FUZZ_CHECK(pages_begin_fetch(page) == begins);
  if (begins) model[page].state = FETCHING;
}

static void open_page(uint32_t page) {
  bool opens = model[page].state == FETCHING;
  FUZZ_CHECK(pages_open(page) == (opens ? 0 : PAGES_MISUSE));
  if (opens) model[page].state = CLEAN;
}

/* What was stored since the last diff stays; the twin takes all. */
static bool merge(uint32_t page, const uint8_t *diff, size_t bytes) {
  uint8_t patched[PAGE];
  memcpy(patched, model[page].twin, PAGE);
  if (!scalar_apply(patched, PAGE, diff, bytes)) return false;
  for (size_t i = 0; i < PAGE; i++)
    if (model[page].bytes[i] == model[page].twin[i]) model[page].bytes[i] = patched[i];
  memcpy(model[page].twin, patched, PAGE);
  return true;
}

/* A patch or a fetched diff: some bytes of the input, or the last diff that was made. */
static void write_diff(uint32_t page, struct input *input, bool patches, bool again) {
  size_t bytes = last_bytes;
  uint8_t *diff = again ? malloc(bytes) : take_bytes(input, take_byte(input), &bytes);
  if (again && bytes > 0) memcpy(diff, last, bytes);
  int expected = PAGES_MISUSE;
  enum page_state state = model[page].state;
  if (patches ? is_open(page) : state == FETCHING) {
    bool twinless = state == CLEAN || state == FETCHING;
    bool sound = twinless ? scalar_apply(model[page].bytes, PAGE, diff, bytes) : merge(page, diff, bytes);
    expected = sound ? 0 : PAGES_MALFORMED;
  }
  FUZZ_CHECK((patches ? pages_patch(page, diff, bytes) : pages_apply(page, diff, bytes)) == expected);
  free(diff);
}

static void operate(struct input *input) {
  uint8_t byte = take_byte(input);
  uint32_t page = byte % PAGES;
  switch (byte / PAGES % 14) {
    case 0:
    case 1: {
      uint32_t offset = take_below(input, PAGE);
      store_byte(page, offset, take_byte(input));
      break;
    }
    case 2:
      load_byte(page, take_below(input, PAGE));
      break;
    case 3:
      close_interval(true);
      break;
    case 11:
      close_interval(false);
      break;
    case 12:
      renew(page);
      break;
    case 4:
      make_diff(page);
      break;
    case 5:
    case 6:
      invalidate(page);
      break;
    case 7:
      begin_fetch(page);
      break;
    case 8:
      open_page(page);
      break;
    case 9:
      write_diff(page, input, true, false);
      break;
    case 10:
      write_diff(page, input, false, false);
      break;
    default:
      write_diff(page, input, model[page].state != FETCHING, true);
  }
}

static void compare(void) {
  for (uint32_t page = 0; page < PAGES; page++) {
    FUZZ_CHECK(state_of(page_word(page)) == model[page].state);
    FUZZ_CHECK(memcmp(views_service(page), model[page].bytes, PAGE) == 0);
  }
  FUZZ_CHECK(trouble_code() == TROUBLE_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  start();
  while (input.left > 0) {
    operate(&input);
    compare();
  }
  heap_destroy();
  return 0;
}
