#include "fail_points.h"

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../fail_point.h"
#include "../futex.h"
#include "testing.h"

enum { POINTS = 32, IDLE = 0, ARMED = 1, HOLDING = 2 };

/* Points are added by the test's own thread only, before any thread can meet them. */
static struct {
  const char *name;
  _Atomic uint32_t state;
} points[POINTS];
static _Atomic size_t known;

/* Of the fixture: how many threads were ever started, and how many have not ended. */
static _Atomic uint32_t started, running;

static _Atomic uint64_t shaking;
static _Atomic uint64_t arrivals;

static _Atomic uint32_t *find(const char *name) {
  size_t count = atomic_load(&known);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(points[i].name, name) == 0) return &points[i].state;
  }
  return NULL;
}

static _Atomic uint32_t *find_or_add(const char *name) {
  _Atomic uint32_t *state = find(name);
  if (state != NULL) return state;
  size_t at = atomic_load(&known);
  CHECK(at < POINTS);
  points[at].name = name;
  atomic_store(&known, at + 1);
  return &points[at].state;
}

static void set(_Atomic uint32_t *state, uint32_t value) {
  atomic_store(state, value);
  futex_wake_all(state);
}

void hold_next(const char *name) {
  _Atomic uint32_t *state = find_or_add(name);
  CHECK(atomic_load(state) == IDLE);
  set(state, ARMED);
}

static bool is_held(const void *state) { return atomic_load((const _Atomic uint32_t *)state) == HOLDING; }

void await_held(const char *name) { await_that(is_held, find_or_add(name)); }

void let_go(const char *name) {
  _Atomic uint32_t *state = find_or_add(name);
  CHECK(atomic_load(state) == HOLDING);
  set(state, IDLE);
}

void disarm(const char *name) {
  _Atomic uint32_t *state = find_or_add(name);
  CHECK(atomic_load(state) != HOLDING);
  set(state, IDLE);
}

void thread_starts(void) {
  atomic_fetch_add(&started, 1);
  atomic_fetch_add(&running, 1);
}

void thread_ends(void) { atomic_fetch_sub(&running, 1); }

/* Every thread of the fixture has ended or is held, so nothing changes any more. */
static bool all_stand_still(void) {
  uint32_t held = 0;
  for (size_t i = 0; i < atomic_load(&known); i++) held += atomic_load(&points[i].state) == HOLDING;
  return atomic_load(&started) > 0 && held >= atomic_load(&running);
}

void await_that(bool (*happened)(const void *), const void *context) {
  for (;;) {
    bool in_vain = all_stand_still();
    if (happened(context)) return;
    CHECK(!in_vain);
    usleep(100);
  }
}

static void hold_here(_Atomic uint32_t *state) {
  uint32_t armed = ARMED;
  if (!atomic_compare_exchange_strong(state, &armed, HOLDING)) return;
  futex_wake_all(state);
  while (atomic_load(state) == HOLDING) futex_wait(state, HOLDING);
}

static void shake(uint64_t seed) {
  uint64_t number = mix(seed ^ mix(atomic_fetch_add(&arrivals, 1)));
  uint32_t spins = (uint32_t)(number >> 32) % 2000;
  struct timespec moment = {0, (long)(number >> 40) % 100000};
  if (number % 16 < 3) sched_yield();
  else if (number % 16 < 6) while (spins-- > 0) atomic_signal_fence(memory_order_seq_cst);
  else if (number % 64 == 15) nanosleep(&moment, NULL);
}

void shake_schedule(uint64_t seed) { atomic_store(&shaking, seed | 1); }

void fail_point(const char *name) {
  uint64_t seed = atomic_load(&shaking);
  if (seed != 0) {
    shake(seed);
    return;
  }
  _Atomic uint32_t *state = find(name);
  if (state != NULL) hold_here(state);
}
