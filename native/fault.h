/*
 * A fault is an access to a page that its protection does not permit. It is settled on the thread that made
 * it, inside the signal handler: a write to a clean page at once, everything else by sleeping until the
 * service has done its part. No thread has a place of its own in this: any thread of the process may fault.
 */
#ifndef TM_FAULT_H
#define TM_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/* Returns when the access should be tried again. */
void fault_settle(uint32_t page, bool write);

#endif
