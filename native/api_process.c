/* The process itself, as JavaScript sees it. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "api.h"
#include "napi_util.h"
#include "processor.h"
#include "stack.h"
#include "urgency.h"

/* Not exit(): its handlers would wait for threads that sit in a fault. */
static napi_value exit_now_js(napi_env env, napi_callback_info info) {
  struct args args;
  int64_t code;
  if (args_read(env, info, 1, &args) && arg_integer(&args, 0, "code", 0, 255, &code)) _exit((int)code);
  return NULL;
}

static napi_value die_with_parent_js(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return NULL;
}

static napi_value ask_urgency_js(napi_env env, napi_callback_info info) {
  struct args args;
  int64_t slice_us;
  if (!args_read(env, info, 1, &args) || !arg_integer(&args, 0, "sliceUs", 100, 100000, &slice_us)) return NULL;
  return number(env, urgency_ask((unsigned)slice_us));
}

static napi_value processor_count_js(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, processor_count());
}

static napi_value bind_processor_js(napi_env env, napi_callback_info info) {
  struct args args;
  int64_t index;
  if (!args_read(env, info, 1, &args) || !arg_integer(&args, 0, "index", 0, 65535, &index)) return NULL;
  return number(env, processor_bind((unsigned)index));
}

static napi_value machine_page_bytes_js(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, (double)sysconf(_SC_PAGESIZE));
}

static napi_value stack_left_js(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, (double)stack_left());
}

const struct api_function process_api[] = {
    {"exitNow", exit_now_js},
    {"dieWithParent", die_with_parent_js},
    {"askUrgency", ask_urgency_js},
    {"processorCount", processor_count_js},
    {"bindProcessor", bind_processor_js},
    {"machinePageBytes", machine_page_bytes_js},
    {"stackLeft", stack_left_js},
    {NULL, NULL},
};
