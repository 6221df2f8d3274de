/*
 * Stress test of the page states: some threads write and read back bytes of their own, one service closes
 * intervals, makes diffs, invalidates, patches and opens pages at random, and every fail point shakes the
 * schedule. A replica follows by diffs alone, and must be the same as the memory: for a thread's own bytes
 * each time it synchronises, for everything at the end. Compiled with TM_WRONG_ORDER it is a test of this
 * test: it must find what is wrong, at random and by a schedule that shows it every time.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../counts.h"
#include "../diff.h"
#include "../miss_ring.h"
#include "../page_table.h"
#include "../pages.h"
#include "../trouble.h"
#include "../views.h"
#include "../wake.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

#ifndef TM_WRONG_ORDER
#define TM_WRONG_ORDER 0
#endif
#if TM_WRONG_ORDER == 1
#define TM_WRONG_ORDER_NAME "diff, then protect"
#else
#define TM_WRONG_ORDER_NAME "protect, then diff, with no busy state"
#endif

enum {
  SEEDS = 60,
  PAGES = 6,
  BYTES = 4096,
  WRITERS = 4,
  /* Byte i belongs to writer i % LANES; the last lane to a node elsewhere, whose diffs come with the misses. */
  LANES = WRITERS + 1,
  STEPS = 4000,
  /* Few bytes, so that most are written again and again between two diffs. */
  SPREAD = 200
};

struct node {
  uint8_t pages[PAGES][BYTES];
};
static struct node replica, elsewhere, elsewhere_sent;
static uint8_t expected[WRITERS][PAGES][BYTES];
static _Atomic uint32_t calls[WRITERS];
static _Atomic uint32_t running;
static uint64_t seed;
static uint64_t scratch[BYTES / 64];

/* ---- a writer ---- */

static uint32_t own_byte(struct random *random, uint32_t lane) {
  return random_below(random, SPREAD) * LANES + lane;
}

/* The service has closed the interval and sent every diff: the replica has all that this thread wrote. */
static void synchronise(uint32_t lane) {
  wake_call(&calls[lane]);
  for (uint32_t page = 0; page < PAGES; page++) {
    for (uint32_t i = lane; i < BYTES; i += LANES) CHECK(replica.pages[page][i] == expected[lane][page][i]);
  }
}

static void *write_and_read(void *context) {
  uint32_t lane = (uint32_t)(uintptr_t)context;
  struct random random = {mix(seed * 1000 + lane)};
  for (int step = 0; step < STEPS; step++) {
    uint32_t page = random_below(&random, PAGES), offset = own_byte(&random, lane), what = random_below(&random, 100);
    if (what < 75) {
      uint8_t value = (uint8_t)random_below(&random, 256);
      store(page, offset, value);
      expected[lane][page][offset] = value;
    } else if (what < 99) {
      CHECK(load(page, offset) == expected[lane][page][offset]);
    } else {
      synchronise(lane);
    }
  }
  atomic_fetch_sub(&running, 1);
  wake_service();
  return NULL;
}

/* ---- the service ---- */

static void send_diff(uint32_t page, int64_t length) {
  CHECK(length <= (int64_t)diff_limit(BYTES));
  if (length > 0) CHECK(diff_apply(replica.pages[page], BYTES, diff_bytes, (size_t)length));
}

static void close_interval(void) {
  uint32_t count = pages_close_interval(interval_pages, mix(seed + counts.protects) % 3 != 0);
  for (uint32_t i = 1; i < count; i++) CHECK(interval_pages[i - 1] < interval_pages[i]);
}

static void send_everything(void) {
  close_interval();
  bool renew = counts.protects % 2 == 0;
  for (uint32_t page = 0; page < PAGES; page++) {
    send_diff(page, renew ? pages_renew(page, diff_bytes) : pages_make_diff(page, diff_bytes));
  }
}

static void write_elsewhere(struct random *random, uint32_t page) {
  for (int i = random_below(random, 20); i > 0; i--) {
    elsewhere.pages[page][own_byte(random, WRITERS)] = (uint8_t)random_below(random, 256);
  }
}

static void notice(struct random *random, uint32_t page) {
  write_elsewhere(random, page);
  int64_t length = pages_invalidate(page, diff_bytes);
  if (length == PAGES_DIRTY) {
    close_interval();
    length = pages_invalidate(page, diff_bytes);
    CHECK(length != PAGES_DIRTY);
  }
  send_diff(page, length);
}

/* What the node elsewhere wrote comes by `write`, and to the replica. False when the page is in no state for it. */
static bool bring(uint32_t page, int (*write)(uint32_t, const uint8_t *, size_t)) {
  uint8_t diff[BYTES * 9 / 8];
  size_t length = diff_make(elsewhere_sent.pages[page], elsewhere.pages[page], BYTES, diff, scratch);
  if (write(page, diff, length) != 0) return false;
  memcpy(elsewhere_sent.pages[page], elsewhere.pages[page], BYTES);
  CHECK(diff_apply(replica.pages[page], BYTES, diff, length));
  return true;
}

static void serve(uint32_t page) {
  CHECK(bring(page, pages_apply));
  CHECK(pages_open(page) == 0);
}

/* A diff comes with its notice: the page takes it in place, or not at all. */
static void push(struct random *random, uint32_t page) {
  write_elsewhere(random, page);
  if (bring(page, pages_patch)) return;
  notice(random, page);
  if (pages_begin_fetch(page)) serve(page);
}

static void answer_calls(void) {
  for (uint32_t lane = 0; lane < WRITERS; lane++) {
    if (atomic_load(&calls[lane]) == 0) continue;
    send_everything();
    wake_answer(&calls[lane]);
  }
}

static void serve_misses(struct random *random) {
  int64_t page;
  while ((page = miss_ring_take()) >= 0) {
    if (random_below(random, 4) == 0) notice(random, (uint32_t)page);
    serve((uint32_t)page);
  }
}

static void act(struct random *random) {
  uint32_t page = random_below(random, PAGES);
  switch (random_below(random, 6)) {
    case 0:
      close_interval();
      break;
    case 1:
      send_diff(page, pages_make_diff(page, diff_bytes));
      break;
    case 2:
      notice(random, page);
      break;
    case 3:
      push(random, page);
      break;
    case 4:
      send_diff(page, pages_renew(page, diff_bytes));
      break;
    default:
      answer_calls();
  }
}

static void run_service(void) {
  struct random random = {mix(seed)};
  struct pollfd fds[1];
  while (atomic_load(&running) > 0) {
    act(&random);
    serve_misses(&random);
    CHECK(trouble_code() == TROUBLE_NONE);
    if (random_below(&random, 8) == 0) {
      answer_calls();
      CHECK(wake_poll(fds, 0, 1) == 0);
    }
  }
}

/* ---- one run ---- */

static void compare_everything(void) {
  for (uint32_t page = 0; page < PAGES; page++) {
    CHECK(memcmp(replica.pages[page], views_service(page), BYTES) == 0);
    for (uint32_t i = 0; i < BYTES; i++) {
      uint32_t lane = i % LANES;
      CHECK(stored(page, i) == (lane == WRITERS ? elsewhere_sent.pages[page][i] : expected[lane][page][i]));
    }
  }
}

static void run_seed(void) {
  make_heap((struct fixture_options){.pages = PAGES, .page_bytes = BYTES});
  shake_schedule(mix(seed));
  pthread_t threads[WRITERS];
  atomic_store(&running, WRITERS);
  for (uintptr_t lane = 0; lane < WRITERS; lane++) {
    CHECK(pthread_create(&threads[lane], NULL, write_and_read, (void *)lane) == 0);
  }
  run_service();
  for (int i = 0; i < WRITERS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  send_everything();
  compare_everything();
  CHECK(counts.twins > 0 && counts.read_faults > 0 && counts.write_faults > 0);
}

/* ---- the right order ---- */

#if TM_WRONG_ORDER == 0

static uint32_t run_seeds(uint32_t from, uint32_t to) {
  uint32_t wrong = 0;
  for (uint32_t i = from; i < to; i++) {
    seed = i;
    if (run_child(run_seed, 20000) != 0) {
      fprintf(stderr, "seed %u fails; run the test with it as argument\n", i);
      wrong++;
    }
  }
  return wrong;
}

static void replica_equals_memory(void) { CHECK(run_seeds(1, SEEDS / 3 + 1) == 0); }
static void replica_equals_memory_2(void) { CHECK(run_seeds(SEEDS / 3 + 1, SEEDS * 2 / 3 + 1) == 0); }
static void replica_equals_memory_3(void) { CHECK(run_seeds(SEEDS * 2 / 3 + 1, SEEDS + 1) == 0); }

int main(int argc, char **argv) {
  static const struct test all[] = {
      {"replica equals memory, first third of the seeds", replica_equals_memory},
      {"replica equals memory, second third", replica_equals_memory_2},
      {"replica equals memory, last third", replica_equals_memory_3},
  };
  static const struct test one[] = {{"replica equals memory with this seed", run_seed}};
  if (argc > 1) seed = strtoull(argv[1], NULL, 10);
  return argc > 1 ? run_tests(one, 1, NULL) : run_tests(all, sizeof all / sizeof *all, NULL);
}

#else

/* ---- the wrong orders ---- */

enum { WRONG_SEEDS = 20 };

/* A second write meets the gap of the wrong order; then everything is sent. True when the replica lacks bytes. */
static bool loses_write_when_held(const char *point) {
  struct thread writer, service;
  struct replica follower = {0};
  store(0, 0, 1);
  CHECK(pages_close_interval(interval_pages, true) == 1);
  hold_next(point);
  start_make_diff(&service, 0);
  await_held(point);
  start_store(&writer, 0, 1, 2);
  finish(&writer);
  let_go(point);
  finish(&service);
  follow(&follower, service.result);
  if (pages_close_interval(interval_pages, true) == 1) follow(&follower, pages_make_diff(0, diff_bytes));
  CHECK(stored(0, 0) == 1 && stored(0, 1) == 2);
  return !same(&follower, 0);
}

/* Order 1 leaves the page open after the diff; order 2 lets a handler make a new twin before the diff. */
static void found_by_schedule(void) {
  make_heap((struct fixture_options){0});
  CHECK(loses_write_when_held(TM_WRONG_ORDER == 1 ? "close:diffed" : "close:protected"));
}

/* How often chance finds it is told, not judged: the schedule above does not depend on it. */
static void found_by_chance(void) {
  uint32_t found = 0;
  for (seed = 1; seed <= WRONG_SEEDS; seed++) found += run_child(run_seed, 3000) != 0;
  printf("# wrong order %d: found by chance with %u of %d seeds\n", TM_WRONG_ORDER, found, WRONG_SEEDS);
  fflush(stdout);
}

int main(void) {
  static const struct test tests[] = {
      {TM_WRONG_ORDER_NAME ": found by a schedule", found_by_schedule},
      {TM_WRONG_ORDER_NAME ": the stress runs with it", found_by_chance},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, NULL);
}

#endif
