/*
 * The counts are what the trap has done so far, for the statistics: in all, and for each page of the heap.
 * Threads add to them in their handlers; nobody decides anything by them, so relaxed order is enough. A page
 * counts after the total, so who reads pages first never finds more there than in all.
 */
#ifndef TM_COUNTS_H
#define TM_COUNTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct counts {
  _Atomic uint64_t read_faults;
  _Atomic uint64_t write_faults;
  _Atomic uint64_t twins;
  _Atomic uint64_t protects;
};
extern struct counts counts;

/* Memory is taken only for pages that count something. */
bool counts_create(uint32_t pages);
void counts_destroy(void);

static inline void count(_Atomic uint64_t *counter) { atomic_fetch_add_explicit(counter, 1, memory_order_relaxed); }
void count_fault(uint32_t page, bool write);
void count_twin(uint32_t page);

/* What pages have counted. */
struct page_sums {
  uint64_t read_faults;
  uint64_t write_faults;
  uint64_t twins;
};
/* Of the pages `first` … `end` - 1 together. */
struct page_sums counts_of(uint32_t first, uint32_t end);

#endif
