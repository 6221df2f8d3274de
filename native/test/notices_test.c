/*
 * Tests of the page states as the service drives them: a notice comes, a diff is wanted or the interval closes
 * while a thread stands at any step of its fault; and a thread writes while the service stands at any step of
 * closing a page.
 */
#include <string.h>

#include "../miss_ring.h"
#include "../page_table.h"
#include "../pages.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

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
  CHECK(page_word(P) == CLOSING);
  start_store(&writer, P, 1, 2);
  if (step == 0) finish(&writer);
  else await_waiter(P);
  let_go(closing[step]);
  finish(&service);
  follow(&replica, service.result);
  if (step != 0) { /* the writer looks again, misses and is served */
    CHECK(next_miss() == P && pages_open(P) == 0);
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
  CHECK(page_word(P) == CLOSING);
  start_store(&writer, P, 1, 2);
  await_waiter(P);
  let_go(closing[step]);
  finish(&service);
  CHECK(service.result == PAGES_NO_TWIN);
  CHECK(next_miss() == P && pages_open(P) == 0);
  finish(&writer);
  CHECK(state(P) == DIRTY && stored(P, 1) == 2);
}
static void notice_for_a_clean_page_while_writing(void) { repeat(notice_for_a_clean_page_while_writing_at, 2); }

static const uint8_t byte_2_at_1[] = {0, 1, 1, 2};

static void patch_in_place(void) {
  make_heap(usual);
  CHECK(pages_patch(P, byte_2_at_1, sizeof byte_2_at_1) == 0);
  CHECK(state(P) == CLEAN && load(P, 1) == 2);
  CHECK(pages_patch(P, (const uint8_t[]){9}, 1) == PAGES_MALFORMED && state(P) == CLEAN);
  store(P, 0, 1);
  CHECK(pages_patch(P, (const uint8_t[]){0, 2, 1, 3}, 4) == 0 && state(P) == DIRTY);
  close_one(P);
  CHECK(pages_patch(P, (const uint8_t[]){0, 3, 1, 4}, 4) == 0 && state(P) == NOTED);
  CHECK(load(P, 2) == 3 && load(P, 3) == 4);
  /* What was patched is no write of this node: its diff has the one store. */
  CHECK(pages_invalidate(P, diff_bytes) == 4 && memcmp(diff_bytes, (const uint8_t[]){0, 0, 1, 1}, 4) == 0);
  CHECK(pages_patch(P, byte_2_at_1, sizeof byte_2_at_1) == PAGES_MISUSE && state(P) == INVALID);
}

/* A twin with half a patch in it would make the other half look like a write of this node. */
static void patch_while_writing_at(int step) {
  static const char *const patching[] = {"patch:claimed", "patch:written"};
  make_heap(usual);
  struct thread reader, writer, service;
  struct replica replica = {0};
  hold_next(patching[step]);
  start_patch(&service, P, byte_2_at_1, sizeof byte_2_at_1);
  await_held(patching[step]);
  start_load(&reader, P, 1);
  finish(&reader); /* reading never waits */
  CHECK(reader.value == (step == 0 ? 0 : 2));
  start_store(&writer, P, 7, 1);
  await_waiter(P);
  let_go(patching[step]);
  finish(&service);
  finish(&writer);
  CHECK(service.result == 0 && state(P) == DIRTY);
  close_one(P);
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(replica.bytes[7] == 1 && replica.bytes[1] == 0 && stored(P, 1) == 2);
}
static void patch_while_writing(void) { repeat(patch_while_writing_at, 2); }

/* The service fetches before anybody misses the page; whoever comes meanwhile waits and is not posted. */
static void fetch_ahead(void) {
  make_heap(usual);
  struct thread reader, writer;
  CHECK(!pages_begin_fetch(P) && state(P) == CLEAN);
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN);
  CHECK(pages_begin_fetch(P) && state(P) == FETCHING && !pages_begin_fetch(P));
  start_load(&reader, P, 1);
  await_waiter(P);
  CHECK(miss_ring_take() == -1);
  CHECK(pages_apply(P, byte_2_at_1, sizeof byte_2_at_1) == 0 && pages_open(P) == 0);
  finish(&reader);
  CHECK(reader.value == 2 && state(P) == CLEAN);
  CHECK(pages_invalidate(P, diff_bytes) == PAGES_NO_TWIN && pages_begin_fetch(P));
  start_store(&writer, P, 7, 1);
  await_waiter(P);
  CHECK(pages_open(P) == 0);
  finish(&writer);
  CHECK(state(P) == DIRTY && miss_ring_take() == -1);
  close_one(P);
}

/* Before its entry the page belongs to the next interval, and closing this one waits for nobody. */
static void interval_closed_before_entry_at(int step) {
  make_heap(usual);
  struct thread writer;
  hold_next(twinning[step]);
  start_store(&writer, P, 7, 1);
  await_held(twinning[step]);
  CHECK(pages_close_interval(interval_pages, true) == 0 && page_word(P) == TWINNING);
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
  CHECK(pages_close_interval(interval_pages, true) == 0);
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

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"notice during TWINNING", notice_during_twinning},
      {"notice during FETCHING", notice_during_fetching},
      {"diff wanted during TWINNING", diff_wanted_during_twinning},
      {"diff wanted of a NOTED page while its thread writes", diff_wanted_while_writing},
      {"notice for a NOTED page while its thread writes", notice_while_writing},
      {"notice for a CLEAN page while a thread writes", notice_for_a_clean_page_while_writing},
      {"a page that is open is patched in place, any other is not", patch_in_place},
      {"a page is patched while threads read and write it", patch_while_writing},
      {"fetched ahead: who comes early waits without a miss", fetch_ahead},
      {"interval closed before list entry", interval_closed_before_entry},
      {"interval closed between list entry and open", interval_closed_between_entry_and_open},
      {"interval closed while another page is entered", an_entry_beside_a_taken_one},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
