/*
 * Tests of the page states as the program's threads drive them, with real faults: the life of a page, and
 * threads that fault on it together or stand still in the middle. Each schedule is driven step by step with
 * fail points, so that it happens exactly so on every run. What a page's word says is checked, and that no
 * write is lost: a replica which follows by diffs alone ends with the same bytes.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../counts.h"
#include "../heap.h"
#include "../miss_ring.h"
#include "../page_table.h"
#include "../pages.h"
#include "../trap.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

/* ---- simple life of a page ---- */

static void life_of_a_page(void) {
  make_heap(usual);
  struct replica replica = {0};
  CHECK(state(P) == CLEAN && load(P, 0) == 0 && counts.read_faults == 0);
  store(P, 9, 1);
  CHECK(state(P) == DIRTY && counts.write_faults == 1 && counts.twins == 1);
  close_one(P);
  store(P, 10, 2);
  CHECK(state(P) == NOTED && counts.write_faults == 1);
  CHECK(counts_of(P, P + 1).write_faults == 1 && counts_of(P, P + 1).twins == 1 && counts_of(P + 1, P + 2).twins == 0);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(state(P) == CLEAN && same(&replica, P) && stored(P, 10) == 2);
  CHECK(pages_make_diff(P, diff_bytes) == PAGES_NO_TWIN);
  store(P, 11, 3);
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_DIRTY && state(P) == DIRTY);
  close_one(P);
  follow(&replica, pages_invalidate(P, diff_bytes));
  CHECK(state(P) == INVALID && same(&replica, P));
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  CHECK(pages_close_interval(interval_pages, true) == 0);
  CHECK(pages_open(P) == PAGES_MISUSE && pages_apply(P, diff_bytes, 0) == PAGES_MISUSE);
}

static void a_miss_is_served(void) {
  make_heap(usual);
  struct thread reader;
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  CHECK(miss_ring_take() == -1);
  start_load(&reader, P, 3);
  await_waiter(P);
  CHECK(state(P) == FETCHING && miss_ring_take() == P && miss_ring_take() == -1);
  CHECK(pages_apply(P, (const uint8_t[]){0, 3, 1, 42}, 4) == 0);
  CHECK(pages_apply(P, (const uint8_t[]){0, 3, 9, 42}, 4) == PAGES_MALFORMED);
  CHECK(pages_open(P) == 0);
  finish(&reader);
  CHECK(reader.value == 42 && state(P) == CLEAN && counts.read_faults == 1 && counts.twins == 0);
  CHECK(counts_of(P, P + 1).read_faults == 1 && counts_of(0, P).read_faults + counts_of(P + 1, FIXTURE_PAGES).read_faults == 0);
}

static void large_pages(void) {
  make_heap((struct fixture_options){.page_bytes = 16384});
  struct replica replica = {0};
  for (uint32_t offset = 0; offset < 16384; offset += 4000) store(P, offset, 7);
  CHECK(counts.write_faults == 1 && state(P) == DIRTY && state(P + 1) == CLEAN && state(P - 1) == CLEAN);
  close_one(P);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(same(&replica, P));
  store(P, 16383, 8);
  CHECK(counts.write_faults == 2);
}

static void intervals_are_ascending(void) {
  make_heap((struct fixture_options){.pages = 9000, .budget = 20000});
  static const uint32_t written[] = {8999, 0, 4096, 63, 64, 4095, 1};
  static const uint32_t sorted[] = {0, 1, 63, 64, 4095, 4096, 8999};
  for (int i = 0; i < 7; i++) store(written[i], 0, 1);
  CHECK(pages_close_interval(interval_pages, true) == 7);
  CHECK(memcmp(interval_pages, sorted, sizeof sorted) == 0);
  CHECK(pages_close_interval(interval_pages, true) == 0);
}

static void an_open_heap_never_traps(void) {
  struct sigaction before, after;
  sigaction(SIGSEGV, NULL, &before);
  make_heap((struct fixture_options){.open = true});
  sigaction(SIGSEGV, NULL, &after);
  CHECK(before.sa_handler == after.sa_handler && !trap_installed());
  for (uint32_t page = 0; page < FIXTURE_PAGES; page++) store(page, 1, (uint8_t)page);
  CHECK(load(9, 1) == 9 && stored(9, 1) == 9);
  CHECK(pages_close_interval(interval_pages, true) == 0 && miss_ring_take() == -1);
  CHECK(counts.write_faults == 0 && counts.protects == 0);
}

/* ---- threads that fault together ---- */

static void two_write_faults_at(int step) {
  make_heap(usual);
  struct thread first, second;
  struct replica replica = {0};
  uint64_t twins = counts.twins;
  hold_next(twinning[step]);
  start_store(&first, P, 0, 1);
  await_held(twinning[step]);
  CHECK(state(P) == TWINNING);
  hold_next("sleep:marked");
  start_store(&second, P, 1, 2);
  if (step == OPENED) { /* no fault any more */
    finish(&second);
    CHECK(state(P) == TWINNING && stored(P, 1) == 2);
    let_go(twinning[step]);
    finish(&first);
  } else {
    await_held("sleep:marked");
    CHECK(page_word(P) == (TWINNING | WAITERS | WANT_WRITE));
    let_go(twinning[step]);
    finish(&first); /* publishes between the second's mark and its sleep: the wake-up may not be lost */
    let_go("sleep:marked");
    finish(&second);
  }
  CHECK(page_word(P) == DIRTY && counts.twins == twins + 1);
  close_one(P);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(same(&replica, P) && stored(P, 0) == 1 && stored(P, 1) == 2);
  disarm("sleep:marked");
}
static void two_threads_write_fault(void) { repeat(two_write_faults_at, TWINNING_STEPS); }

/* The second sleeps for good before the first goes on. */
static void a_sleeping_writer_is_woken(void) {
  make_heap(usual);
  struct thread first, second;
  hold_next("write:twinned");
  start_store(&first, P, 0, 1);
  await_held("write:twinned");
  start_store(&second, P, 1, 2);
  await_waiter(P);
  usleep(20000);
  let_go("write:twinned");
  finish(&first);
  finish(&second);
  CHECK(page_word(P) == DIRTY);
}

/* Both look at the clean page before either claims it. */
static void two_threads_claim_at_once(void) {
  make_heap(usual);
  struct thread first, second;
  hold_next("fault:looked");
  start_store(&first, P, 0, 1);
  await_held("fault:looked");
  start_store(&second, P, 1, 2);
  finish(&second);
  let_go("fault:looked");
  finish(&first);
  CHECK(page_word(P) == DIRTY && counts.twins == 1 && stored(P, 0) == 1 && stored(P, 1) == 2);
}

static void read_and_write_fault(int writer_first) {
  make_heap(usual);
  struct thread reader, writer;
  uint64_t twins = counts.twins;
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  hold_next("miss:claimed");
  if (writer_first) start_store(&writer, P, 0, 1);
  else start_load(&reader, P, 1);
  await_held("miss:claimed");
  CHECK(state(P) == FETCHING && miss_ring_take() == -1);
  hold_next("sleep:marked");
  if (writer_first) start_load(&reader, P, 1);
  else start_store(&writer, P, 0, 1);
  await_held("sleep:marked");
  CHECK(page_word(P) == (FETCHING | WAITERS | WANT_WRITE));
  let_go("miss:claimed");
  let_go("sleep:marked");
  CHECK(next_miss() == P && miss_ring_take() == -1);
  CHECK(pages_apply(P, (const uint8_t[]){0, 1, 1, 42}, 4) == 0);
  CHECK(pages_open(P) == 0);
  finish(&reader);
  finish(&writer);
  CHECK(page_word(P) == DIRTY && reader.value == 42 && counts.twins == twins + 1);
  close_one(P);
  /* The diff holds what was written here and not what was fetched. */
  CHECK(pages_make_diff(P, diff_bytes) == 4 && memcmp(diff_bytes, (const uint8_t[]){0, 0, 1, 1}, 4) == 0);
}
static void read_and_write_fault_together(void) { repeat(read_and_write_fault, 2); }

/* A thread that wants to write only once the service has decided to open for reading makes its own twin. */
static void write_after_open_for_reading(void) {
  make_heap(usual);
  struct thread reader, writer, service;
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  start_load(&reader, P, 1);
  await_waiter(P);
  CHECK(miss_ring_take() == P);
  CHECK(pages_apply(P, (const uint8_t[]){0, 1, 1, 42}, 4) == 0);
  hold_next("open:opened");
  start_open(&service, P);
  await_held("open:opened");
  CHECK(page_word(P) == (FETCHING | WAITERS) && load(P, 1) == 42);
  hold_next("sleep:marked");
  start_store(&writer, P, 0, 1);
  await_held("sleep:marked");
  CHECK(page_word(P) == (FETCHING | WAITERS | WANT_WRITE));
  let_go("open:opened");
  finish(&service);
  CHECK(service.result == 0 && page_word(P) == CLEAN);
  let_go("sleep:marked");
  finish(&reader);
  finish(&writer);
  CHECK(page_word(P) == DIRTY && counts.twins == 1 && reader.value == 42);
  close_one(P);
  CHECK(pages_make_diff(P, diff_bytes) == 4 && memcmp(diff_bytes, (const uint8_t[]){0, 0, 1, 1}, 4) == 0);
}

static void held_in_twinning_at(int step) {
  make_heap(usual);
  struct thread writer, other;
  struct replica replica = {0};
  store(P + 3, 0, 1);
  CHECK(pages_close_interval(interval_pages, true) == 1);
  hold_next(twinning[step]);
  start_store(&writer, P, 7, 1);
  await_held(twinning[step]);
  /* Everything else goes on: reads of this page, writes beside it, diffs, misses. */
  CHECK(load(P, 7) == 0 && state(P) == TWINNING);
  start_store(&other, P + 1, 0, 9);
  finish(&other);
  CHECK(pages_make_diff(P + 3, diff_bytes) == 4);
  CHECK(pages_invalidate(P + 2, diff_bytes) == PAGES_NO_TWIN);
  start_load(&other, P + 2, 0);
  await_waiter(P + 2);
  CHECK(miss_ring_take() == P + 2 && pages_open(P + 2) == 0);
  finish(&other);
  let_go(twinning[step]);
  finish(&writer);
  CHECK(pages_close_interval(interval_pages, true) == 2 && interval_pages[0] == P && interval_pages[1] == P + 1);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(same(&replica, P) && stored(P, 7) == 1);
}
static void held_in_twinning(void) { repeat(held_in_twinning_at, TWINNING_STEPS); }

/* The service opens a page for a writer: what another thread writes before the publication is not lost. */
static void open_for_writing_at(int step) {
  make_heap(usual);
  struct thread writer, other, service;
  struct replica replica = {0};
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  start_store(&writer, P, 0, 1);
  await_waiter(P);
  CHECK(miss_ring_take() == P);
  hold_next(twinning[step]);
  start_open(&service, P);
  await_held(twinning[step]);
  CHECK(state(P) == FETCHING);
  start_store(&other, P, 1, 2);
  if (step == OPENED) finish(&other);
  let_go(twinning[step]);
  finish(&service);
  if (step != OPENED) finish(&other);
  finish(&writer);
  CHECK(service.result == 0 && page_word(P) == DIRTY);
  close_one(P);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(same(&replica, P) && stored(P, 0) == 1 && stored(P, 1) == 2);
}
static void open_for_writing(void) { repeat(open_for_writing_at, TWINNING_STEPS); }

/* ---- many threads ---- */

enum { MANY = 64 };

/* As many threads as pages miss different ones: the ring holds them all. */
static void the_ring_holds_every_page(void) {
  make_heap(usual);
  static struct thread readers[MANY];
  static bool seen[MANY];
  for (uint32_t round = 0; round < 3; round++) {
    memset(seen, 0, sizeof seen);
    for (uint32_t page = 0; page < MANY; page++) CHECK(pages_invalidate(page, diff_bytes) == PAGES_NO_TWIN);
    for (uint32_t page = 0; page < MANY; page++) start_load(&readers[page], page, 0);
    for (uint32_t page = 0; page < MANY; page++) await_waiter(page);
    for (int i = 0; i < MANY; i++) {
      int64_t page = miss_ring_take();
      CHECK(page >= 0 && page < MANY && !seen[page]);
      seen[page] = true;
      CHECK(pages_open((uint32_t)page) == 0);
    }
    CHECK(miss_ring_take() == -1);
    for (uint32_t page = 0; page < MANY; page++) finish(&readers[page]);
  }
}

static void many_threads_miss_one_page(void) {
  make_heap(usual);
  static struct thread threads[MANY];
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  for (uint32_t i = 0; i < MANY; i++) start_store(&threads[i], P, i, (uint8_t)(i + 1));
  await_waiter(P);
  CHECK(miss_ring_take() == P && pages_open(P) == 0);
  for (uint32_t i = 0; i < MANY; i++) finish(&threads[i]);
  for (uint32_t i = 0; i < MANY; i++) CHECK(stored(P, i) == i + 1);
  CHECK(miss_ring_take() == -1 && counts.twins == 1);
}

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"life of a page", life_of_a_page},
      {"a miss is served", a_miss_is_served},
      {"pages larger than the machine's", large_pages},
      {"intervals are ascending", intervals_are_ascending},
      {"an open heap never traps", an_open_heap_never_traps},
      {"two threads write-fault one page", two_threads_write_fault},
      {"two threads write-fault one page: the sleeper is woken", a_sleeping_writer_is_woken},
      {"two threads write-fault one page: both look before one claims", two_threads_claim_at_once},
      {"read and write fault together", read_and_write_fault_together},
      {"read and write fault together: the write comes later", write_after_open_for_reading},
      {"a thread held in TWINNING", held_in_twinning},
      {"page opened for a writer, written by another", open_for_writing},
      {"the ring holds every page", the_ring_holds_every_page},
      {"many threads miss one page", many_threads_miss_one_page},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
