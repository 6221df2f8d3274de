/* What the floors share: the time, and the median of many of them. */
#ifndef TM_BENCH_MEASURE_H
#define TM_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

int64_t now_ns(void);

/* Sorts `times`. */
int64_t median(int64_t *times, size_t count);

/* Says why on stderr and ends the process. */
void give_up(const char *what);

#endif
