#include "fixture.h"

#include <string.h>
#include <sys/mman.h>

#include "../counts.h"
#include "../diff.h"
#include "../heap.h"
#include "../miss_ring.h"
#include "../owned.h"
#include "../pages.h"
#include "../views.h"
#include "../wake.h"
#include "fail_points.h"
#include "scalar_diff.h"
#include "testing.h"

uint32_t interval_pages[65536];
uint8_t diff_bytes[65536 * 9 / 8];

void make_heap(struct fixture_options options) {
  uint32_t page_bytes = options.page_bytes ? options.page_bytes : 4096;
  uint32_t pages = options.pages ? options.pages : FIXTURE_PAGES;
  size_t bytes = (size_t)page_bytes * pages;
  void *region = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(region != MAP_FAILED);
  CHECK(wake_create() == 0);
  struct heap_shape shape = {bytes, page_bytes, !options.open, options.budget ? options.budget : FIXTURE_BUDGET};
  CHECK(heap_create(region, shape) == 0);
}

uint8_t *at(uint32_t page, uint32_t offset) { return views_program(page) + offset; }
uint8_t stored(uint32_t page, uint32_t offset) { return *(volatile uint8_t *)(views_service(page) + offset); }

static void *run_to_the_end(void *context) {
  struct thread *thread = context;
  thread->run(thread);
  thread_ends();
  return NULL;
}

static void start(struct thread *thread, void *(*run)(void *)) {
  thread->run = run;
  thread_starts();
  CHECK(pthread_create(&thread->id, NULL, run_to_the_end, thread) == 0);
}

void finish(struct thread *thread) { CHECK(pthread_join(thread->id, NULL) == 0); }

static void *run_store(void *context) {
  struct thread *thread = context;
  *(volatile uint8_t *)at(thread->page, thread->offset) = thread->value;
  return NULL;
}

static void *run_load(void *context) {
  struct thread *thread = context;
  thread->value = *(volatile uint8_t *)at(thread->page, thread->offset);
  return NULL;
}

void start_store(struct thread *thread, uint32_t page, uint32_t offset, uint8_t value) {
  *thread = (struct thread){.page = page, .offset = offset, .value = value};
  start(thread, run_store);
}

void start_load(struct thread *thread, uint32_t page, uint32_t offset) {
  *thread = (struct thread){.page = page, .offset = offset};
  start(thread, run_load);
}

void store(uint32_t page, uint32_t offset, uint8_t value) { *(volatile uint8_t *)at(page, offset) = value; }
uint8_t load(uint32_t page, uint32_t offset) { return *(volatile uint8_t *)at(page, offset); }

uint64_t faults_so_far(void) { return counts.read_faults + counts.write_faults; }

static void *run_close_interval(void *context) {
  struct thread *thread = context;
  thread->result = pages_close_interval(interval_pages, true);
  return NULL;
}

static void *run_close_unwatched(void *context) {
  struct thread *thread = context;
  thread->result = pages_close_interval(interval_pages, false);
  return NULL;
}

static void *run_renew(void *context) {
  struct thread *thread = context;
  thread->result = pages_renew(thread->page, diff_bytes);
  return NULL;
}

static void *run_make_diff(void *context) {
  struct thread *thread = context;
  thread->result = pages_make_diff(thread->page, diff_bytes);
  return NULL;
}

static void *run_invalidate(void *context) {
  struct thread *thread = context;
  thread->result = pages_invalidate(thread->page, diff_bytes);
  return NULL;
}

static void *run_operation(void *context) {
  struct thread *thread = context;
  thread->result = thread->operation(thread->page);
  return NULL;
}

void start_close_interval(struct thread *thread) { start(thread, run_close_interval); }

void start_close_unwatched(struct thread *thread) { start(thread, run_close_unwatched); }

void start_renew(struct thread *thread, uint32_t page) {
  thread->page = page;
  start(thread, run_renew);
}

void start_make_diff(struct thread *thread, uint32_t page) {
  thread->page = page;
  start(thread, run_make_diff);
}

void start_invalidate(struct thread *thread, uint32_t page) {
  thread->page = page;
  start(thread, run_invalidate);
}

static void *run_patch(void *context) {
  struct thread *thread = context;
  thread->result = pages_patch(thread->page, thread->patch, thread->patch_bytes);
  return NULL;
}
void start_patch(struct thread *thread, uint32_t page, const uint8_t *patch, size_t bytes) {
  thread->page = page;
  thread->patch = patch;
  thread->patch_bytes = bytes;
  start(thread, run_patch);
}

static void start_operation(struct thread *thread, uint32_t page, int (*operation)(uint32_t)) {
  thread->page = page;
  thread->operation = operation;
  start(thread, run_operation);
}

void start_open(struct thread *thread, uint32_t page) { start_operation(thread, page, pages_open); }
void start_downgrade(struct thread *thread, uint32_t page) { start_operation(thread, page, owned_downgrade); }
void start_recall(struct thread *thread, uint32_t page) { start_operation(thread, page, owned_recall); }

void follow(struct replica *replica, int64_t length) {
  CHECK(length >= 0 && (size_t)length <= diff_limit(views.page_bytes));
  CHECK(scalar_apply(replica->bytes, views.page_bytes, diff_bytes, (size_t)length));
}

bool same(const struct replica *replica, uint32_t page) {
  return memcmp(replica->bytes, views_service(page), views.page_bytes) == 0;
}

const struct fixture_options usual;
const char *const twinning[] = {"write:claimed", "write:twinned", "write:listed", "write:opened"};
const char *const closing[] = {"close:claimed", "close:protected", "close:diffed"};

enum page_state state(uint32_t page) { return state_of(page_word(page)); }

void repeat(void (*scenario)(int), int times) {
  for (int i = 0; i < times; i++) {
    scenario(i);
    heap_destroy();
  }
}

void close_one(uint32_t page) {
  CHECK(pages_close_interval(interval_pages, true) == 1);
  CHECK(interval_pages[0] == page && state(page) == NOTED);
}

static bool has_waiter(const void *page) { return (page_word(*(const uint32_t *)page) & WAITERS) != 0; }

void await_waiter(uint32_t page) { await_that(has_waiter, &page); }

static int64_t missed;
static bool takes_miss(const void *context) {
  (void)context;
  missed = miss_ring_take();
  return missed != -1;
}

uint32_t next_miss(void) {
  await_that(takes_miss, NULL);
  return (uint32_t)missed;
}
