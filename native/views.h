/*
 * The views are the two mappings of the heap's memory file. The program view lies over the SharedArrayBuffer
 * and its protection changes from page to page; the service view is always readable and writable, so that a
 * page can be read and patched while it is closed to the program. The twins are a third range with a slot for
 * each page: nothing is ever allocated in a fault.
 */
#ifndef TM_VIEWS_H
#define TM_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct views {
  uint8_t *program;
  uint8_t *service;
  uint8_t *twins;
  size_t bytes;
  uint32_t page_bytes;
  uint32_t page_count;
};
/* Written once, before the trap is installed; only read afterwards. */
extern struct views views;

/* Maps a new memory file over the `bytes` at `program`. Returns 0 or errno; on failure nothing has changed. */
int views_map(void *program, size_t bytes, uint32_t page_bytes);
/* Only for tests, which make one heap after the other. */
void views_unmap(void);

static inline bool views_contain(const void *address) {
  return (uintptr_t)address - (uintptr_t)views.program < views.bytes;
}
static inline uint32_t views_page_of(const void *address) {
  return (uint32_t)(((uintptr_t)address - (uintptr_t)views.program) / views.page_bytes);
}
static inline uint8_t *views_program(uint32_t page) { return views.program + (size_t)page * views.page_bytes; }
static inline uint8_t *views_service(uint32_t page) { return views.service + (size_t)page * views.page_bytes; }
static inline uint8_t *views_twin(uint32_t page) { return views.twins + (size_t)page * views.page_bytes; }

#endif
