#include "testing.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_TIMEOUT_MS = 60000, MESSAGE = 512 };

/* Where the child of the present test writes why it failed; the end of it is the end of the child. */
static int report = -1;

uint64_t mix(uint64_t x) {
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

uint32_t random_below(struct random *random, uint32_t bound) {
  random->state += 1;
  return (uint32_t)((mix(random->state) >> 32) * bound >> 32);
}

void check_failed(const char *file, int line, const char *what) {
  char message[MESSAGE];
  const char *name = strrchr(file, '/');
  int length = snprintf(message, sizeof message, "%s:%d: %s", name ? name + 1 : file, line, what);
  ssize_t written = write(report, message, (size_t)length < sizeof message ? (size_t)length : sizeof message - 1);
  (void)written;
  _exit(1);
}

static pid_t start_child(void (*body)(void), int *from) {
  int ends[2];
  fflush(NULL);
  if (pipe(ends) != 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    report = ends[1];
    body();
    _exit(0);
  }
  close(ends[1]);
  *from = ends[0];
  return child;
}

/* Reads what the child says until it has ended; false on time-out. */
static bool listen_to(int from, char *text, int timeout_ms) {
  size_t length = 0;
  for (;;) {
    struct pollfd fd = {.fd = from, .events = POLLIN};
    int ready = poll(&fd, 1, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    ssize_t bytes = read(from, text + length, MESSAGE - 1 - length);
    if (bytes <= 0) return true;
    length += (size_t)bytes;
    text[length] = 0;
  }
}

static int watch_child(void (*body)(void), int timeout_ms, char *text) {
  int from, status;
  pid_t child = start_child(body, &from);
  if (child < 0) return -1;
  bool ended = listen_to(from, text, timeout_ms);
  if (!ended) kill(child, SIGKILL);
  close(from);
  waitpid(child, &status, 0);
  return ended ? status : -1;
}

int run_child(void (*body)(void), int timeout_ms) {
  char text[MESSAGE] = "";
  return watch_child(body, timeout_ms, text);
}

static bool run_test(const struct test *test) {
  char text[MESSAGE] = "";
  int status = watch_child(test->run, TEST_TIMEOUT_MS, text);
  if (status == 0) {
    printf("ok %s\n", test->name);
    return true;
  }
  printf("not ok %s: ", test->name);
  if (text[0] != 0) printf("%s\n", text);
  else if (status == -1) printf("it hangs\n");
  else if (WIFSIGNALED(status)) printf("killed by signal %d\n", WTERMSIG(status));
  else printf("exit code %d\n", WEXITSTATUS(status));
  return false;
}

int run_tests(const struct test *tests, size_t count, const char *only) {
  int passed = 0, failed = 0;
  for (size_t i = 0; i < count; i++) {
    if (only != NULL && strcmp(only, tests[i].name) != 0) continue;
    if (run_test(&tests[i])) passed++;
    else failed++;
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
