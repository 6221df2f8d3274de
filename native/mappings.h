/*
 * Mappings are what the kernel keeps for each stretch of equal protection, and a process may have only so
 * many: at the limit Node itself aborts. This is the one place that changes the protection of a page, and it
 * refuses to when the heap would then need more mappings than its budget.
 */
#ifndef TM_MAPPINGS_H
#define TM_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

enum access { ACCESS_NONE = 0, ACCESS_READ = 1, ACCESS_WRITE = 2 };

/* All pages have `access`. */
bool mappings_create(uint32_t pages, uint32_t budget, enum access access);
void mappings_destroy(void);

/* Only the page's owner (see page_table.h), or its creator. Returns 0 or the trouble. Safe in a signal handler. */
uint32_t mappings_protect(uint32_t page, enum access access);
/* The whole heap loses its access, while no thread uses it. Returns 0 or errno. */
int mappings_close_all(void);

uint32_t mappings_in_use(void);
uint32_t mappings_budget(void);

#endif
