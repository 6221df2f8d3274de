#include "wake.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "futex.h"

static int event = -1;
/* There may be news that the service has not looked for. */
static _Atomic uint32_t pending;
/* The service is in poll, or has decided to enter it. */
static _Atomic uint32_t sleeping;

int wake_create(void) {
  if (event >= 0) return 0;
  event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event < 0 ? errno : 0;
}

/*
 * Poster: pending, then look at sleeping. Service: sleeping, then look at pending. Both sequentially
 * consistent, so at least one of the two sees the other and no news is slept over.
 */
void wake_service(void) {
  atomic_store(&pending, 1);
  if (atomic_load(&sleeping) == 0) return;
  uint64_t one = 1;
  ssize_t written = write(event, &one, sizeof one);
  (void)written; /* It fails only when the counter is full: then the service is being woken anyway. */
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int poll_through_signals(struct pollfd *fds, nfds_t count, int timeout_ms) {
  int64_t end = timeout_ms > 0 ? now_ms() + timeout_ms : 0;
  for (;;) {
    int ready = poll(fds, count, timeout_ms);
    if (ready >= 0) return ready;
    if (errno != EINTR) return -errno;
    if (timeout_ms <= 0) continue;
    int64_t left = end - now_ms();
    timeout_ms = left > 0 ? (int)left : 0;
  }
}

static void drain_event(void) {
  uint64_t written;
  ssize_t bytes = read(event, &written, sizeof written);
  (void)bytes;
}

int wake_poll(struct pollfd *fds, nfds_t count, int timeout_ms) {
  fds[count] = (struct pollfd){.fd = event, .events = POLLIN};
  atomic_store(&sleeping, 1);
  int told = atomic_exchange(&pending, 0) != 0;
  int ready = poll_through_signals(fds, count + 1, told ? 0 : timeout_ms);
  atomic_store(&sleeping, 0);
  if (ready > 0 && fds[count].revents != 0) {
    drain_event();
    ready--;
  }
  /* All news stored before this is found by the caller, who looks now. */
  atomic_store(&pending, 0);
  return ready;
}

void wake_call(_Atomic uint32_t *word) {
  atomic_store(word, 1);
  wake_service();
  uint32_t seen;
  while ((seen = atomic_load(word)) != 0) futex_wait(word, seen);
}

void wake_answer(_Atomic uint32_t *word) {
  atomic_store(word, 0);
  futex_wake_all(word);
}
