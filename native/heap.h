/*
 * The heap is everything that belongs to the shared memory of this process: views, page table, dirty list,
 * miss ring and, when it is trapped, the handler. It is made once and stays until the process ends.
 */
#ifndef TM_HEAP_H
#define TM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_shape {
  size_t bytes;
  /* The coherence unit: a multiple of the machine's page that divides `bytes`. */
  uint32_t page_bytes;
  /* Without, the heap stays open and no operation does anything. */
  bool trapped;
  /* Most mappings the program view may split into. */
  uint32_t mapping_budget;
};

/* Lays the heap over `program`. Returns 0 or errno. */
int heap_create(void *program, struct heap_shape shape);
/* All pages INVALID and without access, before a thread of the program knows the heap. Returns 0 or errno. */
int heap_close(void);
bool heap_exists(void);
bool heap_trapped(void);
/* Only for tests; no thread may use the heap any more. */
void heap_destroy(void);

#endif
