#include "miss_ring.h"

#include <stdatomic.h>
#include <stdlib.h>

/* A slot holds page + 1; 0 when it is empty. */
static _Atomic uint32_t *slots;
static uint32_t mask;
static _Atomic uint32_t posted;
/* Only the service touches it. */
static uint32_t taken;

bool miss_ring_create(uint32_t pages) {
  uint32_t size = 1;
  while (size < pages) size *= 2;
  slots = calloc(size, sizeof *slots);
  mask = size - 1;
  atomic_store(&posted, 0);
  taken = 0;
  return slots != NULL;
}

void miss_ring_destroy(void) {
  free((void *)slots);
  slots = NULL;
}

void miss_ring_post(uint32_t page) {
  uint32_t at = atomic_fetch_add(&posted, 1);
  atomic_store(&slots[at & mask], page + 1);
}

/* A slot that is claimed but not filled yet counts as empty: whoever fills it wakes the service afterwards. */
int64_t miss_ring_take(void) {
  _Atomic uint32_t *slot = &slots[taken & mask];
  uint32_t page = atomic_load(slot);
  if (page == 0) return -1;
  atomic_store(slot, 0);
  taken++;
  return (int64_t)page - 1;
}
