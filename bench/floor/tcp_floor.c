/*
 * Two floors for what goes to another node and back: 8 bytes out and so many back, over loopback TCP between two
 * processes, each on a processor of its own. `plain` blocks in send and recv: the least that the kernel takes.
 * `handoff` has a service thread on each side, as a node has: the thread that asks sleeps on a futex while its
 * service sends, polls and receives; the other service answers out of its poll. It is made of the parts that a node
 * is made of, without JavaScript and without a protocol.
 *
 *   tcp_floor plain|handoff REPLY_BYTES COUNT      prints the median, nanoseconds
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"
#include "net.h"
#include "processor.h"
#include "urgency.h"
#include "wake.h"

enum { ASKED_BYTES = 8, MOST_BYTES = 1 << 20, SLICE_US = 300, WARM_UP = 200 };

static char buffer[MOST_BYTES];
static size_t reply_bytes;
static int wire;

static void put(size_t bytes) {
  for (size_t sent = 0; sent < bytes;) {
    int64_t more = net_send(wire, buffer + sent, bytes - sent);
    if (more < 0 && more != -EAGAIN) give_up("send");
    if (more > 0) sent += (size_t)more;
  }
}

/* The other side has gone: the measurement is over. */
static void ended(void) { exit(0); }

static void get_blocking(size_t bytes) {
  for (size_t got = 0; got < bytes;) {
    ssize_t more = recv(wire, buffer + got, bytes - got, 0);
    if (more < 0) give_up("recv");
    if (more == 0) ended();
    got += (size_t)more;
  }
}

/* Takes what is there; returns how much. */
static size_t get_some(size_t most) {
  int64_t more = net_recv(wire, buffer, most);
  if (more == 0) ended();
  if (more < 0 && more != -EAGAIN) give_up("recv");
  return more > 0 ? (size_t)more : 0;
}

static void poll_wire(void) {
  struct pollfd fds[2] = {{.fd = wire, .events = POLLIN}};
  if (wake_poll(fds, 1, -1) < 0) give_up("poll");
}

static void answer_blocking(void) {
  for (;;) {
    get_blocking(ASKED_BYTES);
    put(reply_bytes);
  }
}

static void answer_by_service(void) {
  for (size_t got = 0;;) {
    poll_wire();
    got += get_some(ASKED_BYTES - got);
    if (got < ASKED_BYTES) continue;
    put(reply_bytes);
    got = 0;
  }
}

/* 1 from the request until its answer, on which the asking thread sleeps. */
static _Atomic uint32_t call;

/* The service of the asking side. */
static void *serve(void *nothing) {
  (void)nothing;
  urgency_ask(SLICE_US);
  bool asked = false;
  for (size_t got = 0;;) {
    if (!asked && atomic_load(&call) != 0) {
      asked = true;
      got = 0;
      put(ASKED_BYTES);
    }
    poll_wire();
    if (!asked) continue;
    got += get_some(reply_bytes - got);
    if (got < reply_bytes) continue;
    asked = false;
    wake_answer(&call);
  }
  return NULL;
}

static void ask_blocking(void) {
  put(ASKED_BYTES);
  get_blocking(reply_bytes);
}

static void ask_service(void) { wake_call(&call); }

static int64_t measure(void (*ask)(void), size_t count) {
  int64_t *times = calloc(count, sizeof *times);
  if (times == NULL) give_up("calloc");
  for (size_t i = 0; i < WARM_UP; i++) ask();
  for (size_t i = 0; i < count; i++) {
    int64_t began = now_ns();
    ask();
    times[i] = now_ns() - began;
  }
  return median(times, count);
}

/* Both ends of a connection, without waiting in them or with. */
static void connect_ends(bool blocking, int ends[2]) {
  uint16_t port = 0;
  int listener = net_listen("127.0.0.1", &port);
  ends[0] = listener < 0 ? -1 : net_connect("127.0.0.1", port);
  do ends[1] = net_accept(listener);
  while (ends[1] == -EAGAIN);
  if (ends[0] < 0 || ends[1] < 0) give_up("connect");
  close(listener);
  for (int i = 0; i < 2 && blocking; i++) fcntl(ends[i], F_SETFL, fcntl(ends[i], F_GETFL) & ~O_NONBLOCK);
}

static void be_the_other_side(bool by_service, int end) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  wire = end;
  if (wake_create() != 0) give_up("eventfd");
  processor_bind(1);
  if (by_service) urgency_ask(SLICE_US);
  if (by_service) answer_by_service();
  else answer_blocking();
}

static void start_service(void) {
  pthread_t service;
  if (pthread_create(&service, NULL, serve, NULL) != 0) give_up("pthread_create");
}

int main(int count, char **words) {
  bool by_service = count == 4 && strcmp(words[1], "handoff") == 0;
  size_t times = count == 4 ? strtoul(words[3], NULL, 10) : 0;
  reply_bytes = count == 4 ? strtoul(words[2], NULL, 10) : 0;
  if (times == 0 || reply_bytes == 0 || reply_bytes > MOST_BYTES) {
    fprintf(stderr, "usage: tcp_floor plain|handoff REPLY_BYTES COUNT\n");
    return 2;
  }
  int ends[2];
  connect_ends(!by_service, ends);
  pid_t other = fork();
  if (other < 0) give_up("fork");
  if (other == 0) be_the_other_side(by_service, ends[1]);
  close(ends[1]);
  wire = ends[0];
  if (wake_create() != 0) give_up("eventfd");
  processor_bind(0);
  if (by_service) start_service();
  printf("%lld\n", (long long)measure(by_service ? ask_service : ask_blocking, times));
  return 0;
}
