/*
 * Waking joins the threads of the program to the service thread. The service sleeps in `wake_poll` on its
 * sockets and on one eventfd; whoever has news for it calls `wake_service`, which writes the eventfd only
 * when the service sleeps or is about to. A call word is the way back: a program thread sleeps on its word
 * until the service has answered.
 */
#ifndef TM_WAKE_H
#define TM_WAKE_H

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>

/* Makes the eventfd, once for the process. Returns 0 or errno. */
int wake_create(void);

/* Any thread, and safe in a signal handler. Store the news first. */
void wake_service(void);

/*
 * Service thread. `fds` has one spare entry after its `count`. Returns how many of the `count` are ready, which
 * is 0 after a time-out (`timeout_ms`, -1 for none) or a wake-up; or -errno.
 */
int wake_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

/* Program thread: stores 1, wakes the service, sleeps until the word is 0. */
void wake_call(_Atomic uint32_t *word);
/* Service thread: stores 0 and wakes the caller. */
void wake_answer(_Atomic uint32_t *word);

#endif
