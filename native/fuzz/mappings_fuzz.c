/*
 * Any sequence of changes of protection within any budget: the account is that of a plain array, a change is
 * refused exactly when it would need more mappings than there may be, and the kernel gives each page the access
 * that it should have. The first two bytes are the number of pages and the budget, the rest the changes.
 */
#include "../mappings.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../trouble.h"
#include "../views.h"
#include "fuzz.h"

enum { MOST_PAGES = 24, PAGE = 4096 };

static enum access model[MOST_PAGES];

static uint32_t stretches(uint32_t pages) {
  uint32_t count = 1;
  for (uint32_t page = 1; page < pages; page++) count += model[page] != model[page - 1];
  return count;
}

/* The kernel reads from the page, and writes to it, for a pipe: it answers EFAULT where we would be shot. */
static enum access access_of(uint32_t page) {
  static int ends[2] = {-1, -1};
  uint8_t byte;
  if (ends[0] < 0) FUZZ_CHECK(pipe(ends) == 0);
  if (write(ends[1], views_program(page), 1) != 1) {
    FUZZ_CHECK(errno == EFAULT);
    return ACCESS_NONE;
  }
  if (read(ends[0], views_program(page), 1) == 1) return ACCESS_WRITE;
  FUZZ_CHECK(errno == EFAULT && read(ends[0], &byte, 1) == 1);
  return ACCESS_READ;
}

static void change(uint32_t page, enum access access, uint32_t pages, uint32_t budget) {
  enum access before = model[page];
  uint32_t stretches_before = stretches(pages);
  model[page] = access;
  bool allowed = stretches(pages) <= stretches_before || stretches(pages) <= budget;
  if (!allowed) model[page] = before;
  FUZZ_CHECK(mappings_protect(page, access) == (allowed ? TROUBLE_NONE : TROUBLE_MAPPINGS));
  FUZZ_CHECK(mappings_in_use() == stretches(pages));
  FUZZ_CHECK(access_of(page) == model[page]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, size};
  uint32_t pages = 1 + take_byte(&input) % MOST_PAGES;
  uint32_t budget = 1 + take_byte(&input) % (MOST_PAGES + 1);
  void *region = mmap(NULL, (size_t)pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FUZZ_CHECK(region != MAP_FAILED);
  views = (struct views){.program = region, .bytes = (size_t)pages * PAGE, .page_bytes = PAGE, .page_count = pages};
  for (uint32_t page = 0; page < pages; page++) model[page] = ACCESS_READ;
  FUZZ_CHECK(mappings_create(pages, budget, ACCESS_READ) && mappings_budget() == budget);
  while (input.left > 0) {
    uint8_t byte = take_byte(&input);
    change(byte / 3 % pages, (enum access)(byte % 3), pages, budget);
  }
  for (uint32_t page = 0; page < pages; page++) FUZZ_CHECK(access_of(page) == model[page]);
  mappings_destroy();
  views = (struct views){0};
  FUZZ_CHECK(munmap(region, (size_t)pages * PAGE) == 0);
  return 0;
}
