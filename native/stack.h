/*
 * How much of its stack the calling thread has left. JavaScript runs into V8's limit, which stands somewhat above the
 * end; it cannot ask how far it is.
 */
#ifndef TM_STACK_H
#define TM_STACK_H

#include <stddef.h>

/* Bytes between here and the end of the thread's stack; 0 when there is no saying. */
size_t stack_left(void);

#endif
