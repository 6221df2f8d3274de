/*
 * Tests of owned pages: who may read and write when, that a page stays until somebody has used it, and that no store
 * is lost where a page is narrowed while a thread writes.
 */
#include <sys/mman.h>

#include "../heap.h"
#include "../mappings.h"
#include "../miss_ring.h"
#include "../owned.h"
#include "../page_table.h"
#include "../pages.h"
#include "../trouble.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

static void make_closed_heap(void) {
  make_heap(usual);
  CHECK(heap_close() == 0);
}

/* A thread of the program has the page, and has used it. */
static void give(uint32_t page, bool exclusive) {
  struct thread thread;
  if (exclusive) start_store(&thread, page, 100, 1);
  else start_load(&thread, page, 100);
  CHECK(next_miss() == page && owned_wants_write(page) == exclusive);
  CHECK(owned_grant(page, exclusive) == 0);
  finish(&thread);
  CHECK(!owned_held(page));
}

static void starts_closed(void) {
  make_closed_heap();
  CHECK(mappings_in_use() == 1);
  for (uint32_t page = 0; page < FIXTURE_PAGES; page++) CHECK(state(page) == INVALID);
  give(P, false);
  CHECK(state(P) == SHARED && load(P, 7) == 0 && mappings_in_use() == 3);
}

static void reads_and_writes(void) {
  make_closed_heap();
  give(P, false);
  uint64_t before = faults_so_far();
  CHECK(load(P, 1) == 0 && faults_so_far() == before);
  give(P, true); /* a write to a shared page is a miss */
  CHECK(state(P) == EXCLUSIVE && stored(P, 100) == 1 && faults_so_far() == before + 1);
  store(P, 8, 3);
  CHECK(stored(P, 8) == 3 && faults_so_far() == before + 1);
  CHECK(pages_close_interval(interval_pages, true) == 0); /* it has no twin and is in no list */
  CHECK(owned_downgrade(P) == 0 && state(P) == SHARED && load(P, 8) == 3);
  CHECK(owned_downgrade(P) == 0 && owned_recall(P) == 0 && state(P) == INVALID);
  CHECK(owned_downgrade(P) == 0 && owned_recall(P) == 0 && state(P) == INVALID);
}

static void held_until_used(void) {
  make_closed_heap();
  struct thread writer;
  start_store(&writer, P, 0, 1);
  CHECK(next_miss() == P);
  hold_next("hold:seen");
  CHECK(owned_grant(P, true) == 0);
  await_held("hold:seen");
  CHECK(owned_held(P) && owned_recall(P) == PAGES_HELD && owned_downgrade(P) == PAGES_HELD);
  CHECK(state(P) == EXCLUSIVE);
  let_go("hold:seen");
  finish(&writer);
  CHECK(!owned_held(P) && owned_recall(P) == 0 && state(P) == INVALID && stored(P, 0) == 1);
}

/* The page was granted for the writer: a reader who may go on as well does not end its hold. */
static void held_for_the_writer(void) {
  make_closed_heap();
  struct thread writer;
  start_store(&writer, P, 1, 1);
  CHECK(next_miss() == P && owned_wants_write(P));
  hold_next("hold:seen");
  CHECK(owned_grant(P, true) == 0);
  await_held("hold:seen");
  page_let_go(P, false); /* what a reader does who waited as well, and goes on first */
  CHECK(owned_held(P) && owned_recall(P) == PAGES_HELD);
  let_go("hold:seen");
  finish(&writer);
  CHECK(!owned_held(P) && stored(P, 1) == 1);
}

/* It wants to write what it can read; meanwhile another node has the page, and its own copy must go. */
static void recalled_while_it_wants_to_write(void) {
  make_closed_heap();
  struct thread reader, writer;
  give(P, false);
  start_store(&writer, P, 1, 5);
  CHECK(next_miss() == P && state(P) == FETCHING && owned_wants_write(P));
  uint64_t before = faults_so_far();
  CHECK(load(P, 0) == 0 && faults_so_far() == before); /* its copy is good still */
  CHECK(owned_downgrade(P) == 0 && owned_recall(P) == 0 && state(P) == FETCHING);
  CHECK(mappings_in_use() == 1); /* no access, as all around it */
  start_load(&reader, P, 0);
  while (faults_so_far() == before) continue;
  CHECK(pages_apply(P, (const uint8_t[]){0, 0, 1, 9}, 4) == 0);
  CHECK(owned_grant(P, true) == 0);
  finish(&writer);
  finish(&reader);
  CHECK(reader.value == 9 && stored(P, 1) == 5 && miss_ring_take() == -1);
}

/* A store that comes before the page is closed is in it afterwards; one that comes later is a miss. */
static void stores_while_narrowed_at(int step) {
  static const char *const steps[] = {"narrow:claimed", "narrow:protected"};
  make_closed_heap();
  struct thread writer, service;
  give(P, true);
  hold_next(steps[step % 2]);
  if (step < 2) start_downgrade(&service, P);
  else start_recall(&service, P);
  await_held(steps[step % 2]);
  CHECK(state(P) == CLOSING);
  start_store(&writer, P, 1, 2);
  if (step % 2 == 0) finish(&writer);
  else await_waiter(P);
  let_go(steps[step % 2]);
  finish(&service);
  CHECK(service.result == 0 && stored(P, 1) == (step % 2 == 0 ? 2 : 0));
  if (step % 2 == 0) {
    CHECK(state(P) == (step < 2 ? SHARED : INVALID));
    return;
  }
  CHECK(next_miss() == P && owned_grant(P, true) == 0);
  finish(&writer);
  CHECK(stored(P, 1) == 2);
}
static void stores_while_narrowed(void) { repeat(stores_while_narrowed_at, 4); }

static void wrong_states(void) {
  make_heap(usual);
  CHECK(owned_grant(P, true) == PAGES_MISUSE && owned_downgrade(P) == PAGES_MISUSE && owned_recall(P) == PAGES_MISUSE);
  CHECK(heap_close() == 0);
  give(P, false);
  CHECK(owned_grant(P, true) == PAGES_MISUSE && pages_invalidate(P, diff_bytes) == PAGES_MISUSE);
  CHECK(pages_patch(P, (const uint8_t[]){0, 0, 1, 9}, 4) == PAGES_MISUSE && stored(P, 0) == 0);
}

/* Two mappings more than there may be; the page is as it was, and the trap says what is wrong. */
static void the_budget_ends(void) {
  make_heap((struct fixture_options){.budget = 3});
  CHECK(heap_close() == 0);
  struct thread reader;
  give(P, true);
  start_load(&reader, P + 2, 0);
  CHECK(next_miss() == P + 2);
  CHECK(owned_grant(P + 2, false) == PAGES_TROUBLE && state(P + 2) == FETCHING);
  CHECK(trouble_code() == TROUBLE_MAPPINGS);
  trouble_clear();
  CHECK(munmap(at(P, 0), 4096) == 0);
  CHECK(owned_downgrade(P) == PAGES_TROUBLE && state(P) == EXCLUSIVE && trouble_code() != TROUBLE_NONE);
}

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"a heap that starts closed", starts_closed},
      {"shared pages are read, exclusive ones written, without twins", reads_and_writes},
      {"a granted page stays until a thread has used it", held_until_used},
      {"a page granted to a writer stays until the writer has used it", held_for_the_writer},
      {"recalled while its thread wants to write", recalled_while_it_wants_to_write},
      {"stores while a page is narrowed", stores_while_narrowed},
      {"pages in other states are left alone", wrong_states},
      {"trouble leaves an owned page as it was", the_budget_ends},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
