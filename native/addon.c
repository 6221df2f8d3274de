/*
 * The addon is the table of its functions. Main, service and program threads each load it, into an environment
 * of their own; what it works on belongs to the process.
 */
#include "api.h"
#include "napi_util.h"
#include "wake.h"

static bool add_all(napi_env env, napi_value exports, const struct api_function *function) {
  for (; function->name != NULL; function++) {
    napi_value value;
    if (napi_create_function(env, function->name, NAPI_AUTO_LENGTH, function->call, NULL, &value) != napi_ok ||
        napi_set_named_property(env, exports, function->name, value) != napi_ok) {
      return false;
    }
  }
  return true;
}

NAPI_MODULE_INIT() {
  int error = wake_create();
  if (error != 0) return throw_errno(env, "eventfd", error);
  if (!add_all(env, exports, memory_api) || !add_all(env, exports, wake_api) || !add_all(env, exports, net_api) ||
      !add_all(env, exports, process_api)) {
    return throw_error(env, "the addon could not make its functions");
  }
  return exports;
}
