/* Calls to the service, its answers and its poll, as JavaScript sees them. */
#include "api.h"
#include "napi_util.h"
#include "wake.h"

/* One [fd, wanted events, events] of the Int32Array that JavaScript passes. */
enum { FD = 0, WANTED = 1, EVENTS = 2, TRIPLE = 3 };
/* All nodes, the connections that have not proved themselves, the listener: a few hundred. */
enum { MOST_FDS = 1024 };

static bool arg_word(const struct args *args, _Atomic uint32_t **word) {
  struct words words;
  int64_t index;
  if (!arg_words(args, 0, "words", 1, &words) || !arg_integer(args, 1, "index", 0, (int64_t)words.length - 1, &index)) {
    return false;
  }
  *word = (_Atomic uint32_t *)&words.data[index];
  return true;
}

static napi_value call_js(napi_env env, napi_callback_info info) {
  struct args args;
  _Atomic uint32_t *word;
  if (args_read(env, info, 2, &args) && arg_word(&args, &word)) wake_call(word);
  return NULL;
}

static napi_value answer_js(napi_env env, napi_callback_info info) {
  struct args args;
  _Atomic uint32_t *word;
  if (args_read(env, info, 2, &args) && arg_word(&args, &word)) wake_answer(word);
  return NULL;
}

static napi_value wake_service_js(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  wake_service();
  return NULL;
}

static int poll_triples(int32_t *triples, size_t count, int timeout_ms) {
  struct pollfd fds[MOST_FDS + 1];
  for (size_t i = 0; i < count; i++) {
    fds[i] = (struct pollfd){.fd = triples[i * TRIPLE + FD], .events = (short)triples[i * TRIPLE + WANTED]};
  }
  int ready = wake_poll(fds, count, timeout_ms);
  for (size_t i = 0; i < count && ready >= 0; i++) triples[i * TRIPLE + EVENTS] = fds[i].revents;
  return ready;
}

static napi_value poll_js(napi_env env, napi_callback_info info) {
  struct args args;
  struct words fds;
  int64_t count, timeout;
  if (!args_read(env, info, 3, &args) || !arg_words(&args, 0, "fds", 0, &fds) ||
      !arg_integer(&args, 1, "count", 0, MOST_FDS, &count) ||
      !arg_integer(&args, 2, "timeoutMs", -1, INT32_MAX, &timeout)) {
    return NULL;
  }
  if ((size_t)count * TRIPLE > fds.length) return throw_range(env, "count is larger than fds");
  int ready = poll_triples(fds.data, (size_t)count, (int)timeout);
  return ready < 0 ? throw_errno(env, "poll", -ready) : number(env, ready);
}

const struct api_function wake_api[] = {
    {"call", call_js}, {"answer", answer_js}, {"wakeService", wake_service_js}, {"poll", poll_js}, {NULL, NULL},
};
