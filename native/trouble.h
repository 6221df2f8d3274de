/*
 * Trouble is what the trap cannot recover from. The first one is kept and the service is woken to read it; a
 * faulting thread that met it stays where it is, because going back to its instruction would run the program
 * on garbage. The process leaves by _exit.
 */
#ifndef TM_TROUBLE_H
#define TM_TROUBLE_H

#include <stdint.h>

enum {
  TROUBLE_NONE = 0,
  /* The heap would need more mappings than its budget. */
  TROUBLE_MAPPINGS = 1,
  /* mprotect failed; errno stands in the bits from TROUBLE_ERRNO_SHIFT on. */
  TROUBLE_PROTECT = 2,
  /* A page faults again and again although its state permits the access. */
  TROUBLE_STALE = 3,
  TROUBLE_ERRNO_SHIFT = 8
};

void trouble_report(uint32_t code);
uint32_t trouble_code(void);
/* Keeps the calling thread here for ever. */
_Noreturn void trouble_stay(void);
/* Only for tests. */
void trouble_clear(void);

#endif
