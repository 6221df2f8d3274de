/*
 * A futex is a 32-bit word on which threads of this process sleep until somebody wakes them. Both calls are
 * safe in a signal handler; a wait may also end for no reason, so the caller looks at the word again.
 */
#ifndef TM_FUTEX_H
#define TM_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/* Sleeps while the word is `seen`. */
void futex_wait(_Atomic uint32_t *word, uint32_t seen);
void futex_wake_all(_Atomic uint32_t *word);

#endif
