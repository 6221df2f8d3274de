#include "heap.h"

#include <errno.h>
#include <sys/mman.h>

#include "counts.h"
#include "mappings.h"
#include "miss_ring.h"
#include "page_table.h"
#include "pages.h"
#include "trap.h"
#include "trouble.h"
#include "views.h"

static bool trapped;

static bool create_tables(struct heap_shape shape) {
  enum access access = shape.trapped ? ACCESS_READ : ACCESS_WRITE;
  uint32_t pages = (uint32_t)(shape.bytes / shape.page_bytes);
  return page_table_create(pages, CLEAN) && mappings_create(pages, shape.mapping_budget, access) &&
         counts_create(pages) && miss_ring_create(pages) && pages_create(pages, shape.page_bytes);
}

/* The heap starts as zeros on every node, so every page is valid everywhere and only writing is news. */
static int start_trapping(void) {
  if (mprotect(views.program, views.bytes, PROT_READ) != 0) return errno;
  return trap_install();
}

/* The views come after the tables, because laying the program view destroys what stood there. */
int heap_create(void *program, struct heap_shape shape) {
  int error = create_tables(shape) ? 0 : ENOMEM;
  if (error == 0) error = views_map(program, shape.bytes, shape.page_bytes);
  if (error == 0 && shape.trapped) error = start_trapping();
  if (error != 0) heap_destroy();
  trapped = error == 0 && shape.trapped;
  return error;
}

int heap_close(void) {
  for (uint32_t page = 0; page < views.page_count; page++) page_claim(page, CLEAN, INVALID);
  return mappings_close_all();
}

bool heap_exists(void) { return views.program != NULL; }
bool heap_trapped(void) { return trapped; }

void heap_destroy(void) {
  views_unmap();
  page_table_destroy();
  mappings_destroy();
  miss_ring_destroy();
  counts_destroy();
  pages_destroy();
  trouble_clear();
  trapped = false;
}
