#include "counts.h"

#include <stdlib.h>

struct counts counts;

struct page_counts {
  _Atomic uint64_t read_faults;
  _Atomic uint64_t write_faults;
  _Atomic uint64_t twins;
};
static struct page_counts *by_page;

bool counts_create(uint32_t pages) {
  by_page = calloc(pages, sizeof *by_page);
  return by_page != NULL;
}

void counts_destroy(void) {
  free(by_page);
  by_page = NULL;
}

void count_fault(uint32_t page, bool write) {
  count(write ? &counts.write_faults : &counts.read_faults);
  count(write ? &by_page[page].write_faults : &by_page[page].read_faults);
}

void count_twin(uint32_t page) {
  count(&counts.twins);
  count(&by_page[page].twins);
}

static uint64_t value_of(const _Atomic uint64_t *counter) { return atomic_load_explicit(counter, memory_order_relaxed); }

struct page_sums counts_of(uint32_t first, uint32_t end) {
  struct page_sums sums = {0};
  for (uint32_t page = first; page < end; page++) {
    sums.read_faults += value_of(&by_page[page].read_faults);
    sums.write_faults += value_of(&by_page[page].write_faults);
    sums.twins += value_of(&by_page[page].twins);
  }
  return sums;
}
