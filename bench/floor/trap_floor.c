/*
 * The floor of a local write fault: a page that is closed for writing is written, and the handler copies it and opens
 * it, nothing more. Memory is mapped as a node maps it: a file with two views, the copy made through the one that is
 * always open. Pages and copies have been touched before, so that the kernel need not find memory for them.
 *
 *   trap_floor PAGES ROUNDS      prints the median of the rounds, nanoseconds for each page
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure.h"
#include "processor.h"

enum { PAGE = 4096 };

static char *program, *service, *copies;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  size_t page = (size_t)((char *)info->si_addr - program) / PAGE * PAGE;
  memcpy(copies + page, service + page, PAGE);
  if (mprotect(program + page, PAGE, PROT_READ | PROT_WRITE) != 0) _exit(1);
}

static char *map(size_t bytes, int fd) {
  int kind = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, kind, fd, 0);
  if (mapped == MAP_FAILED) give_up("mmap");
  return mapped;
}

static void map_views(size_t bytes) {
  int fd = memfd_create("floor", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0) give_up("memfd_create");
  program = map(bytes, fd);
  service = map(bytes, fd);
  copies = map(bytes, -1);
  memset(program, 1, bytes);
  memset(service, 1, bytes);
  memset(copies, 1, bytes);
}

static int64_t round_of(size_t pages, char value) {
  if (mprotect(program, pages * PAGE, PROT_READ) != 0) give_up("mprotect");
  int64_t began = now_ns();
  for (size_t page = 0; page < pages; page++) ((volatile char *)program)[page * PAGE] = value;
  return (now_ns() - began) / (int64_t)pages;
}

int main(int count, char **words) {
  size_t pages = count == 3 ? strtoul(words[1], NULL, 10) : 0;
  size_t rounds = count == 3 ? strtoul(words[2], NULL, 10) : 0;
  if (pages == 0 || rounds == 0) {
    fprintf(stderr, "usage: trap_floor PAGES ROUNDS\n");
    return 2;
  }
  processor_bind(0);
  map_views(pages * PAGE);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGSEGV, &action, NULL) != 0) give_up("sigaction");
  int64_t *times = calloc(rounds, sizeof *times);
  if (times == NULL) give_up("calloc");
  for (size_t i = 0; i < rounds; i++) times[i] = round_of(pages, (char)i);
  printf("%lld\n", (long long)median(times, rounds));
  return 0;
}
