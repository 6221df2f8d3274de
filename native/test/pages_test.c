/*
 * Tests of the page states and the trap, with real faults: each schedule that page-states.md names is driven
 * step by step with fail points, so that it happens exactly so on every run. What a page's word says is
 * checked, and that no write is lost: a replica which follows by diffs alone ends with the same bytes.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../counts.h"
#include "../heap.h"
#include "../mappings.h"
#include "../miss_ring.h"
#include "../page_set.h"
#include "../page_table.h"
#include "../pages.h"
#include "../trap.h"
#include "../trouble.h"
#include "../views.h"
#include "../wake.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

enum { P = 5 };

static const struct fixture_options usual;
/* The steps of a handler that owns a page in TWINNING, in their order. */
static const char *const twinning[] = {"write:claimed", "write:twinned", "write:listed", "write:opened"};
enum { TWINNING_STEPS = 4, LISTED = 2, OPENED = 3 };

static enum page_state state(uint32_t page) { return state_of(page_word(page)); }

static void close_one(uint32_t page) {
  CHECK(pages_close_interval(interval_pages) == 1);
  CHECK(interval_pages[0] == page && state(page) == NOTED);
}

/* Waits, without a promise about time, until a thread has marked the page that it sleeps on it. */
static void await_waiter(uint32_t page) {
  while ((page_word(page) & WAITERS) == 0) usleep(100);
}

static void repeat(void (*scenario)(int), int times) {
  for (int i = 0; i < times; i++) {
    scenario(i);
    heap_destroy();
  }
}

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
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(state(P) == CLEAN && same(&replica, P) && stored(P, 10) == 2);
  CHECK(pages_make_diff(P, diff_bytes) == PAGES_NO_TWIN);
  store(P, 11, 3);
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_DIRTY && state(P) == DIRTY);
  close_one(P);
  follow(&replica, pages_invalidate(P, diff_bytes));
  CHECK(state(P) == INVALID && same(&replica, P));
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  CHECK(pages_close_interval(interval_pages) == 0);
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
  CHECK(pages_close_interval(interval_pages) == 7);
  CHECK(memcmp(interval_pages, sorted, sizeof sorted) == 0);
  CHECK(pages_close_interval(interval_pages) == 0);
}

static void an_open_heap_never_traps(void) {
  struct sigaction before, after;
  sigaction(SIGSEGV, NULL, &before);
  make_heap((struct fixture_options){.open = true});
  sigaction(SIGSEGV, NULL, &after);
  CHECK(before.sa_handler == after.sa_handler && !trap_installed());
  for (uint32_t page = 0; page < FIXTURE_PAGES; page++) store(page, 1, (uint8_t)page);
  CHECK(load(9, 1) == 9 && stored(9, 1) == 9);
  CHECK(pages_close_interval(interval_pages) == 0 && miss_ring_take() == -1);
  CHECK(counts.write_faults == 0 && counts.protects == 0);
}

/* ---- the schedules of page-states.md ---- */

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
  int64_t page;
  while ((page = miss_ring_take()) == -1) usleep(100);
  CHECK(page == P && miss_ring_take() == -1);
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

static void notice_during_twinning_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  hold_next(twinning[step]);
  start_store(&writer, P, 7, 1);
  await_held(twinning[step]);
  hold_next("sleep:marked");
  start_invalidate(&service, P);
  await_held("sleep:marked"); /* the service waits for the handler */
  CHECK(page_word(P) == (TWINNING | WAITERS));
  let_go("sleep:marked");
  let_go(twinning[step]);
  finish(&service);
  finish(&writer);
  CHECK(service.result == PAGES_DIRTY && state(P) == DIRTY);
  close_one(P);
  follow(&replica, pages_invalidate(P, diff_bytes));
  CHECK(state(P) == INVALID && same(&replica, P) && stored(P, 7) == 1);
}
static void notice_during_twinning(void) { repeat(notice_during_twinning_at, TWINNING_STEPS); }

static void notice_during_fetching(void) {
  make_heap(usual);
  struct thread reader;
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  hold_next("miss:claimed");
  start_load(&reader, P, 0);
  await_held("miss:claimed");
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN && state(P) == FETCHING);
  let_go("miss:claimed");
  await_waiter(P);
  CHECK(miss_ring_take() == P);
  CHECK(pages_apply(P, (const uint8_t[]){0, 0, 1, 1}, 4) == 0);
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN && state(P) == FETCHING);
  CHECK(pages_apply(P, (const uint8_t[]){0, 0, 1, 2}, 4) == 0);
  CHECK(miss_ring_take() == -1); /* it is the same miss still */
  CHECK(pages_open(P) == 0);
  finish(&reader);
  CHECK(reader.value == 2);
}

static void diff_wanted_during_twinning_at(int step) {
  make_heap(usual);
  struct thread writer;
  struct replica replica = {0};
  hold_next(twinning[step]);
  start_store(&writer, P, 7, 1);
  await_held(twinning[step]);
  CHECK(pages_make_diff(P, diff_bytes) == PAGES_NO_TWIN && state(P) == TWINNING);
  let_go(twinning[step]);
  finish(&writer);
  CHECK(pages_make_diff(P, diff_bytes) == PAGES_NO_TWIN && state(P) == DIRTY);
  close_one(P);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(same(&replica, P) && stored(P, 7) == 1);
}
static void diff_wanted_during_twinning(void) { repeat(diff_wanted_during_twinning_at, TWINNING_STEPS); }

static const char *const closing[] = {"close:claimed", "close:protected", "close:diffed"};
enum { CLOSING_STEPS = 3 };

static void diff_wanted_while_writing_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  store(P, 0, 1);
  close_one(P);
  hold_next(closing[step]);
  start_make_diff(&service, P);
  await_held(closing[step]);
  CHECK(state(P) == CLOSING);
  start_store(&writer, P, 1, 2);
  if (step == 0) finish(&writer); /* still open: the write is in this diff */
  else await_waiter(P); /* closed: the write waits and is in the next */
  let_go(closing[step]);
  finish(&service);
  follow(&replica, service.result);
  if (step != 0) finish(&writer);
  CHECK(state(P) == (step == 0 ? CLEAN : DIRTY) && replica.bytes[1] == (step == 0 ? 2 : 0));
  if (step != 0) {
    close_one(P);
    follow(&replica, pages_make_diff(P, diff_bytes));
  }
  CHECK(same(&replica, P) && stored(P, 0) == 1 && stored(P, 1) == 2);
}
static void diff_wanted_while_writing(void) { repeat(diff_wanted_while_writing_at, CLOSING_STEPS); }

static void notice_while_writing_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  store(P, 0, 1);
  close_one(P);
  hold_next(closing[step]);
  start_invalidate(&service, P);
  await_held(closing[step]);
  start_store(&writer, P, 1, 2);
  if (step == 0) finish(&writer);
  else await_waiter(P);
  let_go(closing[step]);
  finish(&service);
  follow(&replica, service.result);
  if (step != 0) { /* the writer looks again, misses and is served */
    int64_t page;
    while ((page = miss_ring_take()) == -1) usleep(100);
    CHECK(page == P && pages_open(P) == 0);
    finish(&writer);
    CHECK(state(P) == DIRTY);
    close_one(P);
    follow(&replica, pages_make_diff(P, diff_bytes));
  }
  CHECK(same(&replica, P) && stored(P, 0) == 1 && stored(P, 1) == 2);
}
static void notice_while_writing(void) { repeat(notice_while_writing_at, CLOSING_STEPS); }

static void notice_for_a_clean_page_while_writing_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  hold_next(closing[step]);
  start_invalidate(&service, P);
  await_held(closing[step]);
  start_store(&writer, P, 1, 2);
  await_waiter(P);
  let_go(closing[step]);
  finish(&service);
  CHECK(service.result == PAGES_NO_TWIN);
  int64_t page;
  while ((page = miss_ring_take()) == -1) usleep(100);
  CHECK(page == P && pages_open(P) == 0);
  finish(&writer);
  CHECK(state(P) == DIRTY && stored(P, 1) == 2);
}
static void notice_for_a_clean_page_while_writing(void) { repeat(notice_for_a_clean_page_while_writing_at, 2); }

/* Before its entry the page belongs to the next interval, and closing this one waits for nobody. */
static void interval_closed_before_entry_at(int step) {
  make_heap(usual);
  struct thread writer;
  hold_next(twinning[step]);
  start_store(&writer, P, 7, 1);
  await_held(twinning[step]);
  CHECK(pages_close_interval(interval_pages) == 0 && page_word(P) == TWINNING);
  let_go(twinning[step]);
  finish(&writer);
  close_one(P);
}
static void interval_closed_before_entry(void) { repeat(interval_closed_before_entry_at, LISTED); }

static void interval_closed_after_entry_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  hold_next(twinning[LISTED + step]);
  start_store(&writer, P, 7, 1);
  await_held(twinning[LISTED + step]);
  /* Open already, another thread writes without a fault; it synchronises, and its write must be in the interval. */
  if (step == 1) store(P, 8, 2);
  hold_next("sleep:marked");
  start_close_interval(&service);
  await_held("sleep:marked");
  CHECK(page_word(P) == (TWINNING | WAITERS));
  let_go("sleep:marked");
  let_go(twinning[LISTED + step]);
  finish(&service);
  finish(&writer);
  CHECK(service.result == 1 && interval_pages[0] == P && state(P) == NOTED);
  CHECK(pages_close_interval(interval_pages) == 0);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(same(&replica, P) && stored(P, 7) == 1 && stored(P, 8) == (step == 1 ? 2 : 0));
}
static void interval_closed_between_entry_and_open(void) { repeat(interval_closed_after_entry_at, 2); }

/* Of two entries one is taken before and one after: each is in exactly one interval. */
static void an_entry_beside_a_taken_one(void) {
  make_heap(usual);
  struct thread writer, service;
  store(P, 0, 1);
  hold_next("interval:taken");
  start_close_interval(&service);
  await_held("interval:taken");
  start_store(&writer, P + 1, 0, 1);
  finish(&writer);
  let_go("interval:taken");
  finish(&service);
  CHECK(service.result == 1 && interval_pages[0] == P && state(P + 1) == DIRTY);
  close_one(P + 1);
}

static void held_in_twinning_at(int step) {
  make_heap(usual);
  struct thread writer, other;
  struct replica replica = {0};
  store(P + 3, 0, 1);
  CHECK(pages_close_interval(interval_pages) == 1);
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
  CHECK(pages_close_interval(interval_pages) == 2 && interval_pages[0] == P && interval_pages[1] == P + 1);
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

/* A fault that was on its way while the page opened is tried again and counted, but does no harm. */
static void a_stale_fault_returns(void) {
  make_heap(usual);
  struct thread writer;
  store(P, 0, 1);
  CHECK(mprotect(at(P, 0), 4096, PROT_READ) == 0);
  hold_next("fault:stale");
  start_store(&writer, P, 1, 2);
  await_held("fault:stale");
  CHECK(mprotect(at(P, 0), 4096, PROT_READ | PROT_WRITE) == 0);
  let_go("fault:stale");
  finish(&writer);
  CHECK(page_word(P) == DIRTY && stored(P, 1) == 2 && trouble_code() == TROUBLE_NONE);
  CHECK(counts.write_faults == 1);
}

static void a_page_that_faults_for_ever(void) {
  make_heap(usual);
  struct thread writer;
  struct pollfd fds[1];
  store(P, 0, 1);
  CHECK(mprotect(at(P, 0), 4096, PROT_READ) == 0);
  start_store(&writer, P, 1, 2);
  CHECK(wake_poll(fds, 0, 10000) == 0);
  CHECK(trouble_code() == TROUBLE_STALE);
  CHECK(stored(P, 1) == 0); /* its thread stays there */
}

/* Many threads that met the same opening are not "for ever": the count starts anew with each publication. */
static void stale_faults_are_counted_from_the_last_publication(void) {
  make_heap(usual);
  for (int i = 0; i < MAX_STALE_FAULTS; i++) CHECK(page_may_be_stale(P));
  store(P, 0, 1);
  for (int i = 0; i < MAX_STALE_FAULTS; i++) CHECK(page_may_be_stale(P));
  CHECK(!page_may_be_stale(P) && page_may_be_stale(P + 1));
}

/* ---- misses ---- */

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

/* ---- the dirty list ---- */

static void collect(uint32_t page, void *context) { *(uint64_t *)context += page + 1; }

static void an_entry_can_be_withdrawn(void) {
  struct page_set set;
  uint64_t sum = 0;
  CHECK(page_set_create(&set, 5000));
  page_set_add(&set, 4999);
  page_set_add(&set, 17);
  page_set_remove(&set, 4999);
  page_set_take(&set, collect, &sum);
  CHECK(sum == 18);
  page_set_take(&set, collect, &sum);
  CHECK(sum == 18);
  page_set_destroy(&set);
}

/* ---- foreign signals ---- */

static sigjmp_buf back;
static volatile sig_atomic_t chained;

static void jump_back(int signal, siginfo_t *info, void *context) {
  (void)context;
  chained = signal == SIGSEGV && info->si_addr == (void *)16 ? 1 : 2;
  siglongjmp(back, 1);
}

static void plain_handler(int signal) {
  chained = signal == SIGSEGV ? 3 : 4;
  siglongjmp(back, 1);
}

static void touch(uintptr_t address) { *(volatile uint8_t *)address = 1; }

static void install(struct sigaction action) {
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGUSR2);
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
}

static bool blocked(int signal) {
  sigset_t mask;
  CHECK(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
  return sigismember(&mask, signal) == 1;
}

static void foreign_fault_chains(void) {
  install((struct sigaction){.sa_sigaction = jump_back, .sa_flags = SA_SIGINFO});
  make_heap(usual);
  CHECK(trap_installed());
  for (int i = 0; i < 3; i++) {
    chained = 0;
    if (sigsetjmp(back, 1) == 0) touch(16);
    CHECK(chained == 1);
    store(P + (uint32_t)i, 0, 1); /* the heap is trapped as before */
    CHECK(state(P + (uint32_t)i) == DIRTY);
  }
  /* The previous handler runs with its own mask, not with ours: this jump restores none. */
  chained = 0;
  if (sigsetjmp(back, 0) == 0) touch(16);
  CHECK(chained == 1 && blocked(SIGUSR2) && blocked(SIGSEGV) && !blocked(SIGTERM));
}

static void foreign_fault_chains_to_a_plain_handler(void) {
  install((struct sigaction){.sa_handler = plain_handler});
  make_heap(usual);
  if (sigsetjmp(back, 1) == 0) touch(16);
  CHECK(chained == 3);
  chained = 0;
  if (sigsetjmp(back, 1) == 0) raise(SIGSEGV);
  CHECK(chained == 3);
  store(P, 0, 1);
  CHECK(state(P) == DIRTY);
}

static void with_default(void) {
  install((struct sigaction){.sa_handler = SIG_DFL});
  make_heap(usual);
  store(P, 0, 1);
}
static void fault_with_default(void) {
  with_default();
  touch(16);
}
static void sent_with_default(void) {
  with_default();
  raise(SIGSEGV);
}
static void fault_ignored(void) {
  install((struct sigaction){.sa_handler = SIG_IGN});
  make_heap(usual);
  touch(16);
}
static void sent_ignored(void) {
  install((struct sigaction){.sa_handler = SIG_IGN});
  make_heap(usual);
  raise(SIGSEGV);
  CHECK(trap_installed());
  store(P, 0, 1);
  _exit(42);
}

static bool dies_of_segv(void (*body)(void)) {
  int status = run_child(body, 10000);
  return status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void default_action_is_taken(void) {
  CHECK(dies_of_segv(fault_with_default));
  CHECK(dies_of_segv(sent_with_default));
}

static void ignored_signal_is_ignored_only_when_sent(void) {
  CHECK(dies_of_segv(fault_ignored));
  int status = run_child(sent_ignored, 10000);
  CHECK(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

/* A signal that was sent carries its sender where a fault has its address. */
static void sent_signal_is_never_a_fault_of_the_heap(void) {
  install((struct sigaction){.sa_handler = plain_handler});
  make_heap(usual);
  if (sigsetjmp(back, 1) == 0) {
    union sigval value = {.sival_ptr = at(P, 0)};
    CHECK(sigqueue(getpid(), SIGSEGV, value) == 0);
  }
  CHECK(chained == 3 && state(P) == CLEAN);
}

static void errno_is_kept(void) {
  make_heap(usual);
  errno = 77;
  store(P, 0, 1);
  CHECK(errno == 77 && state(P) == DIRTY);
}

static void a_replaced_handler_is_noticed(void) {
  make_heap(usual);
  CHECK(trap_installed());
  install((struct sigaction){.sa_handler = plain_handler});
  CHECK(!trap_installed());
}

/* While a thread is in a fault no other signal's handler runs on it. */
static volatile sig_atomic_t interrupted;
static void on_usr1(int signal) { interrupted = signal; }
static void signals_wait_for_the_fault(void) {
  CHECK(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_usr1}, NULL) == 0);
  make_heap(usual);
  struct thread writer;
  hold_next("write:twinned");
  start_store(&writer, P, 0, 1);
  await_held("write:twinned");
  CHECK(pthread_kill(writer.id, SIGUSR1) == 0);
  usleep(2000);
  CHECK(interrupted == 0);
  let_go("write:twinned");
  finish(&writer);
  CHECK(interrupted == SIGUSR1 && state(P) == DIRTY);
}

/* ---- mappings ---- */

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
    pages_close_interval(interval_pages);
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
  CHECK(pages_close_interval(interval_pages) == 6); /* without the page that stayed closed */
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
  CHECK(pages_close_interval(interval_pages) == 3);
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
  CHECK(pages_close_interval(interval_pages) == 0);
}

/* ---- waking ---- */

static void poll_returns_on_a_miss(void) {
  make_heap(usual);
  struct thread reader;
  struct pollfd fds[1];
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  start_load(&reader, P, 0);
  int64_t page;
  while ((page = miss_ring_take()) == -1) CHECK(wake_poll(fds, 0, 10000) == 0);
  CHECK(page == P && pages_open(P) == 0);
  finish(&reader);
}

static void poll_remembers_a_wake(void) {
  struct pollfd fds[3];
  int ends[2];
  CHECK(wake_create() == 0 && pipe(ends) == 0);
  wake_service();
  CHECK(wake_poll(fds, 0, -1) == 0);
  CHECK(wake_poll(fds, 0, 1) == 0);
  CHECK(write(ends[1], "x", 1) == 1);
  wake_service();
  fds[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
  CHECK(wake_poll(fds, 1, -1) == 1 && fds[0].revents == POLLIN);
}

static _Atomic uint32_t word;
static void *caller(void *context) {
  struct thread *thread = context;
  for (int i = 0; i < 2000; i++) wake_call(&word);
  thread->value = 1;
  return NULL;
}
static void calls_are_answered(void) {
  struct thread thread = {0};
  struct pollfd fds[1];
  CHECK(wake_create() == 0);
  CHECK(pthread_create(&thread.id, NULL, caller, &thread) == 0);
  for (int answered = 0; answered < 2000;) {
    if (atomic_load(&word) == 1) {
      wake_answer(&word);
      answered++;
    } else {
      CHECK(wake_poll(fds, 0, 10000) == 0);
    }
  }
  finish(&thread);
  CHECK(thread.value == 1);
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
      {"notice during TWINNING", notice_during_twinning},
      {"notice during FETCHING", notice_during_fetching},
      {"diff wanted during TWINNING", diff_wanted_during_twinning},
      {"diff wanted of a NOTED page while its thread writes", diff_wanted_while_writing},
      {"notice for a NOTED page while its thread writes", notice_while_writing},
      {"notice for a CLEAN page while a thread writes", notice_for_a_clean_page_while_writing},
      {"interval closed before list entry", interval_closed_before_entry},
      {"interval closed between list entry and open", interval_closed_between_entry_and_open},
      {"interval closed while another page is entered", an_entry_beside_a_taken_one},
      {"a thread held in TWINNING", held_in_twinning},
      {"page opened for a writer, written by another", open_for_writing},

      {"a stale fault returns", a_stale_fault_returns},
      {"a page that faults for ever is trouble", a_page_that_faults_for_ever},
      {"stale faults are counted from the last publication", stale_faults_are_counted_from_the_last_publication},
      {"the ring holds every page", the_ring_holds_every_page},
      {"many threads miss one page", many_threads_miss_one_page},
      {"an entry can be withdrawn from the dirty list", an_entry_can_be_withdrawn},

      {"a foreign fault chains", foreign_fault_chains},
      {"a foreign fault chains to a plain handler", foreign_fault_chains_to_a_plain_handler},
      {"the default action is taken", default_action_is_taken},
      {"an ignored signal is ignored only when it was sent", ignored_signal_is_ignored_only_when_sent},
      {"a sent signal is never a fault of the heap", sent_signal_is_never_a_fault_of_the_heap},
      {"errno is kept", errno_is_kept},
      {"a replaced handler is noticed", a_replaced_handler_is_noticed},
      {"other signals wait for the fault", signals_wait_for_the_fault},

      {"mappings are counted exactly", mappings_are_counted_exactly},
      {"the budget of mappings ends in the handler", budget_in_the_handler},
      {"the budget ends while the interval closes", interval_while_the_budget_ends},
      {"the budget of mappings ends in the service", budget_in_the_service},
      {"an mprotect that fails is trouble", a_failing_mprotect_is_reported},

      {"poll returns on a miss", poll_returns_on_a_miss},
      {"poll remembers a wake-up", poll_remembers_a_wake},
      {"calls are answered", calls_are_answered},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
