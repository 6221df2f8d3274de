#include "trouble.h"

#include <stdatomic.h>

#include "futex.h"
#include "wake.h"

static _Atomic uint32_t code;

void trouble_report(uint32_t what) {
  uint32_t none = TROUBLE_NONE;
  atomic_compare_exchange_strong(&code, &none, what);
  wake_service();
}

uint32_t trouble_code(void) { return atomic_load(&code); }

void trouble_stay(void) {
  static _Atomic uint32_t never;
  for (;;) futex_wait(&never, 0);
}

void trouble_clear(void) { atomic_store(&code, TROUBLE_NONE); }
