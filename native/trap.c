#include "trap.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "fault.h"
#include "views.h"

static struct sigaction previous;

#if defined(__x86_64__)

static bool is_write(const ucontext_t *context) { return (context->uc_mcontext.gregs[REG_ERR] & 2) != 0; }

#elif defined(__aarch64__)

/* The exception's syndrome is one of the records behind the registers. Cache maintenance counts as reading. */
static bool is_write(const ucontext_t *context) {
  const uint64_t writes = UINT64_C(1) << 6, maintains = UINT64_C(1) << 8;
  const uint8_t *at = context->uc_mcontext.__reserved;
  const uint8_t *end = at + sizeof context->uc_mcontext.__reserved;
  while (at + sizeof(struct esr_context) <= end) {
    const struct _aarch64_ctx *record = (const void *)at;
    if (record->magic == ESR_MAGIC) {
      uint64_t syndrome = ((const struct esr_context *)record)->esr;
      return (syndrome & writes) != 0 && (syndrome & maintains) == 0;
    }
    if (record->size == 0) break;
    at += record->size;
  }
  return false;
}

#else
#error "the trap is written for x86-64 and arm64"
#endif

/* Returning runs the faulting instruction again, now with the default; a signal that was sent must be sent again. */
static void die_by_default(int signal, const siginfo_t *info) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigemptyset(&standard.sa_mask);
  sigaction(signal, &standard, NULL);
  if (info->si_code <= 0) raise(signal);
}

/* What the previous handler would find blocked: it may leave by a jump and must not take our mask along. */
static void take_mask_of_previous(int signal, const ucontext_t *context) {
  sigset_t mask = previous.sa_mask;
  for (int other = 1; other < NSIG; other++) {
    if (sigismember(&context->uc_sigmask, other) == 1) sigaddset(&mask, other);
  }
  if ((previous.sa_flags & SA_NODEFER) == 0) sigaddset(&mask, signal);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

static void chain(int signal, siginfo_t *info, void *context) {
  bool sent = info->si_code <= 0;
  if (previous.sa_handler == SIG_IGN && sent) return;
  if (previous.sa_handler == SIG_IGN || previous.sa_handler == SIG_DFL) {
    die_by_default(signal, info);
    return;
  }
  take_mask_of_previous(signal, context);
  if (previous.sa_flags & SA_SIGINFO) previous.sa_sigaction(signal, info, context);
  else previous.sa_handler(signal);
}

/* A signal sent by somebody has no address: its si_addr is the sender. */
static void on_segv(int signal, siginfo_t *info, void *context) {
  int error = errno;
  if (info->si_code > 0 && views_contain(info->si_addr)) {
    fault_settle(views_page_of(info->si_addr), is_write(context));
  } else {
    chain(signal, info, context);
  }
  errno = error;
}

/*
 * While a thread waits for a page no other handler runs on it: such a handler could touch the heap itself.
 * Signals that the thread's own instructions raise stay open, for a blocked one would kill without a word.
 */
static void block_while_handling(sigset_t *mask) {
  static const int own[] = {SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
  sigfillset(mask);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(mask, own[i]);
}

bool trap_installed(void) {
  struct sigaction now;
  return sigaction(SIGSEGV, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_segv;
}

int trap_install(void) {
  if (trap_installed()) return 0;
  struct sigaction ours = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
  block_while_handling(&ours.sa_mask);
  return sigaction(SIGSEGV, &ours, &previous) == 0 ? 0 : errno;
}
