#include "mappings.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "counts.h"
#include "trouble.h"
#include "views.h"

/*
 * Edge i lies between the pages i-1 and i and holds the access of both, left in the lower two bits. As each
 * change of an edge is one compare-and-swap that sees both sides, the number of edges that differ is exact
 * whatever neighbouring pages do at the same time. The outermost edges have one side only and do not count.
 */
static _Atomic uint8_t *edges;
static uint32_t last_edge;
static _Atomic int64_t differing;
static uint32_t budget;

enum { LEFT = 0, RIGHT = 2, SIDE = 3 };

bool mappings_create(uint32_t pages, uint32_t most, enum access access) {
  edges = malloc(pages + 1);
  if (edges == NULL) return false;
  memset((void *)edges, (int)(access << RIGHT | access << LEFT), pages + 1);
  last_edge = pages;
  atomic_store(&differing, 0);
  budget = most;
  return true;
}

void mappings_destroy(void) {
  free((void *)edges);
  edges = NULL;
}

static int differs(uint8_t edge) { return (edge >> LEFT & SIDE) != (edge >> RIGHT & SIDE); }

/* Returns by how much the number of differing edges changes. */
static int set_side(uint32_t i, int side, enum access access) {
  uint8_t seen = atomic_load(&edges[i]);
  uint8_t next;
  do next = (uint8_t)((seen & ~(SIDE << side)) | (int)access << side);
  while (!atomic_compare_exchange_weak(&edges[i], &seen, next));
  return i == 0 || i == last_edge ? 0 : differs(next) - differs(seen);
}

static int64_t account(uint32_t page, enum access access, int *change) {
  *change = set_side(page, RIGHT, access) + set_side(page + 1, LEFT, access);
  return atomic_fetch_add(&differing, *change) + *change;
}

static int protection(enum access access) {
  if (access == ACCESS_NONE) return PROT_NONE;
  return access == ACCESS_READ ? PROT_READ : PROT_READ | PROT_WRITE;
}

/* The account comes first: two threads that change pages at once cannot both use the last mapping. */
uint32_t mappings_protect(uint32_t page, enum access access) {
  enum access before = (enum access)(atomic_load(&edges[page]) >> RIGHT & SIDE);
  int change;
  int64_t now = account(page, access, &change);
  if (change > 0 && now + 1 > (int64_t)budget) {
    account(page, before, &change);
    return TROUBLE_MAPPINGS;
  }
  count(&counts.protects);
  if (mprotect(views_program(page), views.page_bytes, protection(access)) == 0) return TROUBLE_NONE;
  uint32_t error = (uint32_t)errno;
  account(page, before, &change);
  return TROUBLE_PROTECT | error << TROUBLE_ERRNO_SHIFT;
}

int mappings_close_all(void) {
  memset((void *)edges, ACCESS_NONE << RIGHT | ACCESS_NONE << LEFT, last_edge + 1);
  atomic_store(&differing, 0);
  return mprotect(views.program, views.bytes, PROT_NONE) == 0 ? 0 : errno;
}

uint32_t mappings_in_use(void) { return (uint32_t)atomic_load(&differing) + 1; }
uint32_t mappings_budget(void) { return budget; }
