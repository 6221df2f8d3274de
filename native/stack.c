#include "stack.h"

#include <pthread.h>
#include <stdint.h>

/* Asking takes a system call on the main thread, and a lock on the others: once is enough. */
static _Thread_local uintptr_t lowest;

static uintptr_t find_lowest(void) {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void *address = NULL;
  size_t bytes = 0;
  pthread_attr_getstack(&attributes, &address, &bytes);
  pthread_attr_destroy(&attributes);
  return (uintptr_t)address;
}

size_t stack_left(void) {
  if (lowest == 0) lowest = find_lowest();
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  return lowest == 0 || here < lowest ? 0 : here - lowest;
}
