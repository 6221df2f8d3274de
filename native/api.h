/*
 * The api is what JavaScript sees; src/runtime/binding.ts describes it. Each function converts its arguments,
 * calls the part that does the work and converts the answer.
 */
#ifndef TM_API_H
#define TM_API_H

#include <node_api.h>

struct api_function {
  const char *name;
  napi_callback call;
};

extern const struct api_function memory_api[], wake_api[], net_api[], process_api[];

#endif
