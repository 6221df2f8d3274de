/* Tests of what joins the threads to the service: the dirty list, the poll that a miss ends, calls and answers. */
#include <pthread.h>
#include <unistd.h>

#include "../miss_ring.h"
#include "../page_set.h"
#include "../pages.h"
#include "../wake.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

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

static struct page_set shared;
static void *add_one(void *context) {
  page_set_add(&shared, ((struct thread *)context)->page);
  return NULL;
}

/* Taken while it is half added, alone or beside another of its word, an entry comes out now or next time, once. */
static void a_half_added_entry_is_not_lost(void) {
  for (uint32_t beside = 0; beside < 2; beside++) {
    struct thread thread = {.page = 70};
    uint64_t sum = 0;
    CHECK(page_set_create(&shared, 5000));
    if (beside) page_set_add(&shared, 71);
    hold_next("entry:half");
    CHECK(pthread_create(&thread.id, NULL, add_one, &thread) == 0);
    await_held("entry:half");
    page_set_take(&shared, collect, &sum);
    let_go("entry:half");
    finish(&thread);
    page_set_take(&shared, collect, &sum);
    page_set_take(&shared, collect, &sum);
    CHECK(sum == 71 + (beside ? 72 : 0));
    page_set_destroy(&shared);
  }
}

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
      {"an entry can be withdrawn from the dirty list", an_entry_can_be_withdrawn},
      {"a half added entry is not lost", a_half_added_entry_is_not_lost},
      {"poll returns on a miss", poll_returns_on_a_miss},
      {"poll remembers a wake-up", poll_remembers_a_wake},
      {"calls are answered", calls_are_answered},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
