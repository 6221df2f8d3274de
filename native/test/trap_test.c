/*
 * Tests of the signal handler: faults that the state already permits, faults that are not the heap's, signals
 * that somebody sent, and what the handler leaves as it was.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../counts.h"
#include "../page_table.h"
#include "../trap.h"
#include "../trouble.h"
#include "../wake.h"
#include "fail_points.h"
#include "fixture.h"
#include "testing.h"

/* A fault that was on its way while the page opened is tried again and counted, but does no harm. */
static void a_stale_fault_returns(void) {
  make_heap(usual);
  struct thread writer;
  store(P, 0, 1);
  CHECK(mprotect(at(P, 0), 4096, PROT_READ) == 0);
  hold_next("fault:stale");
  start_store(&writer, P, 1, 2);
  await_held("fault:stale");
  CHECK(mprotect(at(P, 0), 4096, PROT_READ | PROT_WRITE) == 0);
  let_go("fault:stale");
  finish(&writer);
  CHECK(page_word(P) == DIRTY && stored(P, 1) == 2 && trouble_code() == TROUBLE_NONE);
  CHECK(counts.write_faults == 1);
}

static void a_page_that_faults_for_ever(void) {
  make_heap(usual);
  struct thread writer;
  struct pollfd fds[1];
  store(P, 0, 1);
  CHECK(mprotect(at(P, 0), 4096, PROT_READ) == 0);
  start_store(&writer, P, 1, 2);
  CHECK(wake_poll(fds, 0, 10000) == 0);
  CHECK(trouble_code() == TROUBLE_STALE);
  CHECK(stored(P, 1) == 0); /* its thread stays there */
}

/* Many threads that met the same opening are not "for ever": the count starts anew with each publication. */
static void stale_faults_are_counted_from_the_last_publication(void) {
  make_heap(usual);
  for (int i = 0; i < MAX_STALE_FAULTS; i++) CHECK(page_may_be_stale(P));
  store(P, 0, 1);
  for (int i = 0; i < MAX_STALE_FAULTS; i++) CHECK(page_may_be_stale(P));
  CHECK(!page_may_be_stale(P) && page_may_be_stale(P + 1));
}

/* ---- foreign signals ---- */

static sigjmp_buf back;
static volatile sig_atomic_t chained;

static void jump_back(int signal, siginfo_t *info, void *context) {
  (void)context;
  chained = signal == SIGSEGV && info->si_addr == (void *)16 ? 1 : 2;
  siglongjmp(back, 1);
}

static void plain_handler(int signal) {
  chained = signal == SIGSEGV ? 3 : 4;
  siglongjmp(back, 1);
}

static void touch(uintptr_t address) { *(volatile uint8_t *)address = 1; }

static void install(struct sigaction action) {
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGUSR2);
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
}

static bool blocked(int signal) {
  sigset_t mask;
  CHECK(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
  return sigismember(&mask, signal) == 1;
}

static void foreign_fault_chains(void) {
  install((struct sigaction){.sa_sigaction = jump_back, .sa_flags = SA_SIGINFO});
  make_heap(usual);
  CHECK(trap_installed());
  for (int i = 0; i < 3; i++) {
    chained = 0;
    if (sigsetjmp(back, 1) == 0) touch(16);
    CHECK(chained == 1);
    store(P + (uint32_t)i, 0, 1); /* the heap is trapped as before */
    CHECK(state(P + (uint32_t)i) == DIRTY);
  }
  /* The previous handler runs with its own mask, not with ours: this jump restores none. */
  chained = 0;
  if (sigsetjmp(back, 0) == 0) touch(16);
  CHECK(chained == 1 && blocked(SIGUSR2) && blocked(SIGSEGV) && !blocked(SIGTERM));
}

static void foreign_fault_chains_to_a_plain_handler(void) {
  install((struct sigaction){.sa_handler = plain_handler});
  make_heap(usual);
  if (sigsetjmp(back, 1) == 0) touch(16);
  CHECK(chained == 3);
  chained = 0;
  if (sigsetjmp(back, 1) == 0) raise(SIGSEGV);
  CHECK(chained == 3);
  store(P, 0, 1);
  CHECK(state(P) == DIRTY);
}

static void with_default(void) {
  install((struct sigaction){.sa_handler = SIG_DFL});
  make_heap(usual);
  store(P, 0, 1);
}
static void fault_with_default(void) {
  with_default();
  touch(16);
}
static void sent_with_default(void) {
  with_default();
  raise(SIGSEGV);
}
static void fault_ignored(void) {
  install((struct sigaction){.sa_handler = SIG_IGN});
  make_heap(usual);
  touch(16);
}
static void sent_ignored(void) {
  install((struct sigaction){.sa_handler = SIG_IGN});
  make_heap(usual);
  raise(SIGSEGV);
  CHECK(trap_installed());
  store(P, 0, 1);
  _exit(42);
}

static bool dies_of_segv(void (*body)(void)) {
  int status = run_child(body, 10000);
  return status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void default_action_is_taken(void) {
  CHECK(dies_of_segv(fault_with_default));
  CHECK(dies_of_segv(sent_with_default));
}

static void ignored_signal_is_ignored_only_when_sent(void) {
  CHECK(dies_of_segv(fault_ignored));
  int status = run_child(sent_ignored, 10000);
  CHECK(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

/* A signal that was sent carries its sender where a fault has its address; this one's looks like a page. */
static void sent_signal_is_never_a_fault_of_the_heap(void) {
  install((struct sigaction){.sa_handler = plain_handler});
  make_heap(usual);
  siginfo_t info = {.si_signo = SIGSEGV, .si_code = SI_QUEUE};
  info.si_addr = at(P, 0);
  if (sigsetjmp(back, 1) == 0) CHECK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &info) == 0);
  CHECK(chained == 3 && state(P) == CLEAN && counts.write_faults + counts.read_faults == 0);
}

static void errno_is_kept(void) {
  make_heap(usual);
  errno = 77;
  store(P, 0, 1);
  CHECK(errno == 77 && state(P) == DIRTY);
}

static void a_replaced_handler_is_noticed(void) {
  make_heap(usual);
  CHECK(trap_installed());
  install((struct sigaction){.sa_handler = plain_handler});
  CHECK(!trap_installed());
}

/* While a thread is in a fault no other signal's handler runs on it. */
static volatile sig_atomic_t interrupted;
static void on_usr1(int signal) { interrupted = signal; }
static void signals_wait_for_the_fault(void) {
  CHECK(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_usr1}, NULL) == 0);
  make_heap(usual);
  struct thread writer;
  hold_next("write:twinned");
  start_store(&writer, P, 0, 1);
  await_held("write:twinned");
  CHECK(pthread_kill(writer.id, SIGUSR1) == 0);
  usleep(2000);
  CHECK(interrupted == 0);
  let_go("write:twinned");
  finish(&writer);
  CHECK(interrupted == SIGUSR1 && state(P) == DIRTY);
}

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"a stale fault returns", a_stale_fault_returns},
      {"a page that faults for ever is trouble", a_page_that_faults_for_ever},
      {"stale faults are counted from the last publication", stale_faults_are_counted_from_the_last_publication},
      {"a foreign fault chains", foreign_fault_chains},
      {"a foreign fault chains to a plain handler", foreign_fault_chains_to_a_plain_handler},
      {"the default action is taken", default_action_is_taken},
      {"an ignored signal is ignored only when it was sent", ignored_signal_is_ignored_only_when_sent},
      {"a sent signal is never a fault of the heap", sent_signal_is_never_a_fault_of_the_heap},
      {"errno is kept", errno_is_kept},
      {"a replaced handler is noticed", a_replaced_handler_is_noticed},
      {"other signals wait for the fault", signals_wait_for_the_fault},
  };
  return run_tests(tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
