/*
 * The fixture is a small heap in an ordinary process and the threads that use it: some store or load one byte,
 * one runs a service operation, while the test itself steers the fail points.
 */
#ifndef TM_FIXTURE_H
#define TM_FIXTURE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "../page_table.h"

enum { FIXTURE_PAGES = 64, FIXTURE_BUDGET = 1000 };

struct fixture_options {
  uint32_t page_bytes, pages, budget;
  bool open;
};
/* Zero means the usual: 64 trapped pages of 4096 bytes. */
void make_heap(struct fixture_options options);

uint8_t *at(uint32_t page, uint32_t offset);
enum page_state state(uint32_t page);
/* What the service view holds. */
uint8_t stored(uint32_t page, uint32_t offset);

struct thread {
  pthread_t id;
  uint32_t page, offset;
  uint8_t value;
  const uint8_t *patch;
  size_t patch_bytes;
  int (*operation)(uint32_t);
  int64_t result;
  void *(*run)(void *);
};
/* Threads that store a byte, or load one into `value`. */
void start_store(struct thread *thread, uint32_t page, uint32_t offset, uint8_t value);
void start_load(struct thread *thread, uint32_t page, uint32_t offset);
void finish(struct thread *thread);
/* Both in one: the store or load has settled when it returns. */
void store(uint32_t page, uint32_t offset, uint8_t value);
uint8_t load(uint32_t page, uint32_t offset);
/* Read and write faults since the heap was made. */
uint64_t faults_so_far(void);

/* Service operations on a thread of their own; their answer is in `result` after finish. */
void start_close_interval(struct thread *thread);
/* The same, after which no page is watched. */
void start_close_unwatched(struct thread *thread);
void start_make_diff(struct thread *thread, uint32_t page);
void start_renew(struct thread *thread, uint32_t page);
void start_invalidate(struct thread *thread, uint32_t page);
void start_patch(struct thread *thread, uint32_t page, const uint8_t *patch, size_t bytes);
void start_open(struct thread *thread, uint32_t page);
void start_downgrade(struct thread *thread, uint32_t page);
void start_recall(struct thread *thread, uint32_t page);
/* What the last of them wrote. */
extern uint32_t interval_pages[];
extern uint8_t diff_bytes[];

/* The page most tests are about. */
enum { P = 5 };
extern const struct fixture_options usual;

/* The steps of whoever opens a page for writing, and of the service that closes one, in their order. */
extern const char *const twinning[], *const closing[];
enum { TWINNING_STEPS = 4, LISTED = 2, OPENED = 3, CLOSING_STEPS = 3 };

/* Runs the scenario with 0, 1, …, each on a heap of its own. */
void repeat(void (*scenario)(int), int times);
/* Closes the interval, which holds this page and no other. */
void close_one(uint32_t page);
/* Waits until a thread has marked the page that it sleeps on it. */
void await_waiter(uint32_t page);
/* Waits until a thread has posted a miss. */
uint32_t next_miss(void);

/* A copy of a page that follows by diffs alone. */
struct replica {
  uint8_t bytes[65536];
};
/* Applies the diff of `length` bytes in diff_bytes. */
void follow(struct replica *replica, int64_t length);
bool same(const struct replica *replica, uint32_t page);

#endif
