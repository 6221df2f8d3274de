/*
 * A thread's urgency: how soon it runs when it wakes while all processors compute. The service thread runs for
 * microseconds at a time and must not wait for a computing thread's slice to end, or every miss would cost
 * milliseconds. Linux (6.12 and later) lets any thread ask for short slices, and wakes those first; older
 * kernels ignore the wish. A higher priority helps too, where the user may have one.
 */
#ifndef TM_URGENCY_H
#define TM_URGENCY_H

/* The calling thread takes slices of `slice_us` µs (100 … 100,000) from now on. Returns 0, or -errno. */
int urgency_ask(unsigned slice_us);

#endif
