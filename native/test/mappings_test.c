/*
 * Tests of the account of mappings: it is the kernel's, to the last one, and where the budget ends the trap is
 * in trouble and no page is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../mappings.h"
#include "../miss_ring.h"
#include "../page_table.h"
#include "../pages.h"
#include "../trouble.h"
#include "../views.h"
#include "../wake.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

/* The kernel's own count of the program view. */
static uint32_t mappings_of_kernel(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[512];
  uint32_t count = 0;
  CHECK(maps != NULL);
  while (fgets(line, sizeof line, maps) != NULL) {
    uintptr_t start = strtoull(line, NULL, 16);
    if (start >= (uintptr_t)views.program && start < (uintptr_t)views.program + views.bytes) count++;
  }
  fclose(maps);
  return count;
}

static void *scatter(void *context) {
  struct thread *thread = context;
  struct random random = {thread->page};
  for (int i = 0; i < 300; i++) store(random_below(&random, FIXTURE_PAGES), thread->page, 1);
  return NULL;
}

static void mappings_are_counted_exactly(void) {
  make_heap(usual);
  CHECK(mappings_in_use() == 1 && mappings_of_kernel() == 1);
  struct random random = {1};
  for (int round = 0; round < 30; round++) {
    struct thread threads[4];
    for (uint32_t i = 0; i < 4; i++) {
      threads[i].page = i + 1;
      CHECK(pthread_create(&threads[i].id, NULL, scatter, &threads[i]) == 0);
    }
    for (int i = 0; i < 20; i++) pages_make_diff(random_below(&random, FIXTURE_PAGES), diff_bytes);
    for (int i = 0; i < 4; i++) finish(&threads[i]);
    pages_close_interval(interval_pages, true);
    for (int i = 0; i < 30; i++) pages_make_diff(random_below(&random, FIXTURE_PAGES), diff_bytes);
    CHECK(mappings_in_use() == mappings_of_kernel());
  }
}

static void budget_in_the_handler(void) {
  make_heap((struct fixture_options){.budget = 9});
  struct thread writer;
  struct pollfd fds[1];
  for (uint32_t i = 0; i < 4; i++) store(2 * i + 1, 0, 1);
  CHECK(mappings_in_use() == 9 && mappings_of_kernel() == 9 && trouble_code() == TROUBLE_NONE);
  store(2, 0, 1); /* joins two stretches */
  CHECK(mappings_in_use() == 7);
  store(20, 0, 1);
  CHECK(wake_poll(fds, 0, 0) == 0 && trouble_code() == TROUBLE_NONE);
  start_store(&writer, 30, 0, 1);
  CHECK(wake_poll(fds, 0, 10000) == 0);
  CHECK(trouble_code() == TROUBLE_MAPPINGS);
  while (state(30) != CLEAN) usleep(100);
  CHECK(mappings_of_kernel() == 9 && mappings_in_use() == 9 && stored(30, 0) == 0);
  CHECK(pages_close_interval(interval_pages, true) == 6); /* without the page that stayed closed */
}

/* The interval does not wait for ever for a page whose handler met the budget after its entry. */
static void interval_while_the_budget_ends(void) {
  make_heap((struct fixture_options){.budget = 1});
  struct thread writer, service;
  hold_next("write:listed");
  start_store(&writer, 30, 0, 1);
  await_held("write:listed");
  hold_next("sleep:marked");
  start_close_interval(&service);
  await_held("sleep:marked");
  let_go("write:listed");
  let_go("sleep:marked");
  finish(&service);
  CHECK(service.result == 0 && trouble_code() == TROUBLE_MAPPINGS && state(30) == CLEAN);
}

static void budget_in_the_service(void) {
  make_heap((struct fixture_options){.budget = 3});
  struct thread reader;
  for (uint32_t page = 10; page < 13; page++) store(page, 0, 1);
  CHECK(pages_close_interval(interval_pages, true) == 3);
  CHECK(pages_make_diff(11, diff_bytes) == PAGES_TROUBLE);
  CHECK(trouble_code() == TROUBLE_MAPPINGS && state(11) == NOTED && mappings_of_kernel() == 3);
  trouble_clear();
  CHECK(pages_invalidate(20, diff_bytes) == PAGES_TROUBLE && state(20) == CLEAN && load(20, 0) == 0);
  CHECK(trouble_code() == TROUBLE_MAPPINGS);
  trouble_clear();
  CHECK(pages_make_diff(10, diff_bytes) == 4 && pages_make_diff(11, diff_bytes) == 4);
  CHECK(pages_make_diff(12, diff_bytes) == 4 && mappings_in_use() == 1);
  for (uint32_t page = 10; page < 13; page++) CHECK(pages_invalidate(page, diff_bytes) == PAGES_NO_TWIN);
  start_load(&reader, 11, 0);
  await_waiter(11);
  CHECK(miss_ring_take() == 11);
  CHECK(pages_open(11) == PAGES_TROUBLE && state(11) == FETCHING && trouble_code() == TROUBLE_MAPPINGS);
}

static void a_failing_mprotect_is_reported(void) {
  make_heap(usual);
  struct thread writer;
  struct pollfd fds[1];
  CHECK(munmap(at(P, 0), 4096) == 0);
  start_store(&writer, P, 0, 1);
  CHECK(wake_poll(fds, 0, 10000) == 0);
  CHECK(trouble_code() == (TROUBLE_PROTECT | ENOMEM << TROUBLE_ERRNO_SHIFT));
  while (state(P) != CLEAN) usleep(100);
  CHECK(pages_close_interval(interval_pages, true) == 0);
}

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"mappings are counted exactly", mappings_are_counted_exactly},
      {"the budget of mappings ends in the handler", budget_in_the_handler},
      {"the budget ends while the interval closes", interval_while_the_budget_ends},
      {"the budget of mappings ends in the service", budget_in_the_service},
      {"an mprotect that fails is trouble", a_failing_mprotect_is_reported},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
