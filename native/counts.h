/*
 * The counts are what the trap has done so far, for the statistics. Threads add to them in their handlers;
 * nobody decides anything by them, so relaxed order is enough.
 */
#ifndef TM_COUNTS_H
#define TM_COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

struct counts {
  _Atomic uint64_t read_faults;
  _Atomic uint64_t write_faults;
  _Atomic uint64_t twins;
  _Atomic uint64_t protects;
};
extern struct counts counts;

static inline void count(_Atomic uint64_t *counter) { atomic_fetch_add_explicit(counter, 1, memory_order_relaxed); }

#endif
