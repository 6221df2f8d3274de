/*
 * Testing runs each test in a child process of its own, because the heap, the handler and the trouble belong
 * to the process and a test may leave threads asleep for ever. A check that fails says so through a pipe and
 * ends the child; a child that hangs is killed.
 */
#ifndef TM_TESTING_H
#define TM_TESTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
  const char *name;
  void (*run)(void);
};

/* Prints a line for each test and a last one; returns the exit code. `only` may name one test. */
int run_tests(const struct test *tests, size_t count, const char *only);

/* Runs `body` in a child process and waits for it; returns its wait status, or -1 when it had to be killed. */
int run_child(void (*body)(void), int timeout_ms);

_Noreturn void check_failed(const char *file, int line, const char *what);
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

/* A small generator of random numbers; the same seed gives the same numbers everywhere. */
struct random {
  uint64_t state;
};
uint32_t random_below(struct random *random, uint32_t bound);
/* Mixes all bits of `x`. */
uint64_t mix(uint64_t x);

#endif
