/*
 * Which processor a thread runs on. A program thread that sleeps in a barrier may be woken on a processor where
 * another program thread computes, and stay there; bound to processors of their own they never meet.
 */
#ifndef TM_PROCESSOR_H
#define TM_PROCESSOR_H

/* How many processors the calling thread may use; or -errno. */
int processor_count(void);
/* Binds the calling thread to the `index`-th of them, counted from 0 and around. Returns 0, or -errno. */
int processor_bind(unsigned index);

#endif
