/*
 * Fail points, from the side of the test. An armed point holds the next thread that arrives there, be it in a
 * signal handler, until the test lets it go; so a schedule is a few lines and never depends on time. In random
 * mode every point instead yields, spins or sleeps a little as a seed says.
 */
#ifndef TM_FAIL_POINTS_H
#define TM_FAIL_POINTS_H

#include <stdbool.h>
#include <stdint.h>

/* Arms the point for one thread. */
void hold_next(const char *name);
/* Waits until a thread is held there. */
void await_held(const char *name);
void let_go(const char *name);
/* Nobody came, or nobody is held any more: the point is as if never armed. */
void disarm(const char *name);

/*
 * Waits until it has happened. A check fails when it cannot: every thread that was counted has ended or is held. So a
 * test that waits for a thread to sleep fails at once when the thread goes on instead.
 */
void await_that(bool (*happened)(const void *), const void *context);
/* Counts a thread that a test may wait for. */
void thread_starts(void);
void thread_ends(void);

void shake_schedule(uint64_t seed);

#endif
