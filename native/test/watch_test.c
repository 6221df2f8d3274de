/*
 * Tests of watched pages: a diff is made of a page that stays open, and nothing is lost of what a thread stores at any
 * step of that, of a look at the page, and of closing it.
 */
#include <string.h>

#include "../miss_ring.h"
#include "../page_table.h"
#include "../pages.h"
#include "../watch.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

static const char *const renewing[] = {"renew:claimed", "renew:copied", "renew:diffed"};
static const char *const watching[] = {"watch:claimed", "watch:protected"};
enum { RENEWING_STEPS = 3, WATCHING_STEPS = 2 };

/* A page that was written and renewed: the replica has all of it. */
static void renew_one(struct replica *replica) {
  store(P, 0, 1);
  close_one(P);
  follow(replica, pages_renew(P, diff_bytes));
  CHECK(state(P) == WATCHED && same(replica, P));
}

static void renewed_page_stays_open(void) {
  make_heap(usual);
  struct replica replica = {0};
  renew_one(&replica);
  uint64_t faults = faults_so_far();
  for (uint8_t value = 2; value < 9; value++) {
    store(P, value, value);
    CHECK(state(P) == WATCHED);
    close_one(P); /* it is in the interval as any other */
    follow(&replica, pages_renew(P, diff_bytes));
    CHECK(same(&replica, P) && state(P) == WATCHED);
  }
  CHECK(faults_so_far() == faults);
}

/* The diff of what was stored since, and of nothing else. */
static void renewed_diff_has_only_new_bytes(void) {
  make_heap(usual);
  struct replica replica = {0};
  renew_one(&replica);
  store(P, 9, 7);
  close_one(P);
  CHECK(pages_renew(P, diff_bytes) == 4);
  CHECK(memcmp(diff_bytes, (const uint8_t[]){0, 9, 1, 7}, 4) == 0);
  store(P, 9, 8);
  store(P, 9, 7); /* back again: nothing has changed */
  CHECK(pages_close_interval(interval_pages, true) == 0 && state(P) == WATCHED);
}

static void unchanged_page_is_closed_in_time(void) {
  make_heap(usual);
  struct replica replica = {0};
  renew_one(&replica);
  for (int i = 1; i < MAX_WATCHED; i++) CHECK(pages_close_interval(interval_pages, true) == 0 && state(P) == WATCHED);
  CHECK(pages_close_interval(interval_pages, true) == 0 && state(P) == CLEAN);
  uint64_t faults = faults_so_far();
  store(P, 1, 1);
  CHECK(faults_so_far() == faults + 1 && state(P) == DIRTY);
}

/* Each change begins the count anew. */
static void changed_page_stays_longer(void) {
  make_heap(usual);
  struct replica replica = {0};
  renew_one(&replica);
  for (uint8_t round = 1; round < 4; round++) {
    for (int i = 1; i < MAX_WATCHED; i++) CHECK(pages_close_interval(interval_pages, true) == 0);
    store(P, 1, round);
    close_one(P);
    follow(&replica, pages_renew(P, diff_bytes));
    CHECK(state(P) == WATCHED && same(&replica, P));
  }
}

static void none_stays_watched_unless_asked(void) {
  make_heap(usual);
  struct replica replica = {0};
  renew_one(&replica);
  store(P + 1, 0, 1);
  close_one(P + 1);
  CHECK(pages_renew(P + 1, diff_bytes) > 0);
  store(P + 1, 0, 2);
  CHECK(pages_close_interval(interval_pages, false) == 1 && interval_pages[0] == P + 1);
  CHECK(state(P) == CLEAN && state(P + 1) == NOTED);
}

static void page_that_did_not_change_is_clean(void) {
  make_heap(usual);
  store(P, 0, 0); /* the value that is there already */
  close_one(P);
  CHECK(pages_renew(P, diff_bytes) == 0 && state(P) == CLEAN);
  CHECK(pages_renew(P, diff_bytes) == PAGES_NO_TWIN);
}

static void store_while_renewing_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  store(P, 0, 1);
  close_one(P);
  hold_next(renewing[step]);
  start_renew(&service, P);
  await_held(renewing[step]);
  CHECK(state(P) == CLOSING);
  start_store(&writer, P, 5, 2);
  finish(&writer); /* nobody waits: the page is open */
  let_go(renewing[step]);
  finish(&service);
  follow(&replica, service.result);
  CHECK(replica.bytes[5] == (step == 0 ? 2 : 0));
  if (step == 0) CHECK(pages_close_interval(interval_pages, true) == 0);
  else {
    close_one(P);
    follow(&replica, pages_renew(P, diff_bytes));
  }
  CHECK(same(&replica, P) && stored(P, 0) == 1 && stored(P, 5) == 2);
}
static void store_while_renewing(void) { repeat(store_while_renewing_at, RENEWING_STEPS); }

/* Found unchanged, the page is closed; a store comes at each step of that. */
static void store_while_closing_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  renew_one(&replica);
  hold_next(watching[step]);
  start_close_unwatched(&service);
  await_held(watching[step]);
  start_store(&writer, P, 5, 2);
  if (step == 0) finish(&writer); /* still open: the second look sees it */
  else await_waiter(P); /* closed: the write faults, and makes a new twin */
  let_go(watching[step]);
  finish(&service);
  if (step == 0) {
    /* It was DIRTY then, and so in this interval. */
    CHECK(service.result == 1 && interval_pages[0] == P && state(P) == NOTED);
  } else {
    /* The writer may be in the list before it is taken; then its write is in this interval, else in the next. */
    finish(&writer);
    if (service.result == 0) close_one(P);
    CHECK(interval_pages[0] == P && state(P) == NOTED);
  }
  follow(&replica, pages_make_diff(P, diff_bytes));
  CHECK(same(&replica, P) && stored(P, 5) == 2);
}
static void store_while_closing(void) { repeat(store_while_closing_at, WATCHING_STEPS); }

static void store_while_noticed_at(int step) {
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  renew_one(&replica);
  hold_next(watching[step]);
  start_invalidate(&service, P);
  await_held(watching[step]);
  start_store(&writer, P, 5, 2);
  if (step == 0) finish(&writer);
  else await_waiter(P);
  let_go(watching[step]);
  finish(&service);
  if (step == 0) {
    CHECK(service.result == PAGES_DIRTY && state(P) == DIRTY);
    close_one(P);
    follow(&replica, pages_invalidate(P, diff_bytes));
    CHECK(state(P) == INVALID);
  } else {
    CHECK(service.result == PAGES_NO_TWIN);
    CHECK(next_miss() == P && pages_open(P) == 0);
    finish(&writer);
    close_one(P);
    follow(&replica, pages_make_diff(P, diff_bytes));
  }
  CHECK(same(&replica, P) && stored(P, 5) == 2);
}
static void store_while_noticed(void) { repeat(store_while_noticed_at, WATCHING_STEPS); }

/* What another node wrote is no write of this one, and a store beside it is. */
static void patched_while_watched_at(int step) {
  static const char *const patching[] = {"patch:claimed", "patch:written"};
  static const uint8_t byte_2_at_1[] = {0, 1, 1, 2};
  make_heap(usual);
  struct thread writer, service;
  struct replica replica = {0};
  renew_one(&replica);
  hold_next(patching[step]);
  start_patch(&service, P, byte_2_at_1, sizeof byte_2_at_1);
  await_held(patching[step]);
  start_store(&writer, P, 2, 9);
  finish(&writer);
  let_go(patching[step]);
  finish(&service);
  CHECK(service.result == 0 && state(P) == WATCHED && stored(P, 1) == 2 && stored(P, 2) == 9);
  close_one(P);
  CHECK(pages_renew(P, diff_bytes) == 4);
  CHECK(memcmp(diff_bytes, (const uint8_t[]){0, 2, 1, 9}, 4) == 0);
  CHECK(pages_patch(P, (const uint8_t[]){9}, 1) == PAGES_MALFORMED && state(P) == WATCHED);
}
static void patched_while_watched(void) { repeat(patched_while_watched_at, 2); }

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"a renewed page stays open, and each interval has what changed", renewed_page_stays_open},
      {"a renewed diff has only new bytes", renewed_diff_has_only_new_bytes},
      {"a page that does not change is closed in time", unchanged_page_is_closed_in_time},
      {"a page that changes now and then stays watched", changed_page_stays_longer},
      {"none stays watched unless asked", none_stays_watched_unless_asked},
      {"a page whose diff is empty is clean", page_that_did_not_change_is_clean},
      {"a store at each step of renewing", store_while_renewing},
      {"a store at each step of closing a watched page", store_while_closing},
      {"a store at each step of a notice for a watched page", store_while_noticed},
      {"a watched page is patched while a thread writes it", patched_while_watched},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
