/*
 * The miss ring carries the numbers of missed pages from the threads that missed them to the service, first
 * come first served. A page is in it at most once, because only the thread that made it FETCHING posts it and
 * it stays FETCHING until the service has taken it; with a slot for each page the ring cannot overflow.
 */
#ifndef TM_MISS_RING_H
#define TM_MISS_RING_H

#include <stdbool.h>
#include <stdint.h>

bool miss_ring_create(uint32_t pages);
void miss_ring_destroy(void);

/* Any thread. */
void miss_ring_post(uint32_t page);
/* Service thread. Returns the page, or -1. */
int64_t miss_ring_take(void);

#endif
