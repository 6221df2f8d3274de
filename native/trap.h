/*
 * The trap is the process's handler for SIGSEGV. It asks first whether the address lies in the heap; if so
 * the fault is settled (fault.h), if not the handler that stood there before decides, as if ours were not
 * there: Node's own turns wasm traps into exceptions.
 */
#ifndef TM_TRAP_H
#define TM_TRAP_H

#include <stdbool.h>

/* Once the heap exists; installing it again changes nothing. Returns 0 or errno. */
int trap_install(void);
/* Whether nobody has replaced our handler since. */
bool trap_installed(void);

#endif
