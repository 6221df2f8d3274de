/*
 * The Node-API helpers are the one place where JavaScript values become C values, with every check, and where
 * errors are thrown. A reader returns false after throwing; its caller then returns NULL at once. Memory of a
 * typed array is only good until the call returns to JavaScript.
 */
#ifndef TM_NAPI_UTIL_H
#define TM_NAPI_UTIL_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_ARGS = 5, ADDRESS_TEXT = 64 };

struct args {
  napi_env env;
  napi_value values[MAX_ARGS];
};
struct bytes {
  uint8_t *data;
  size_t length;
};
struct words {
  int32_t *data;
  size_t length;
};

/* Throws unless there are at least `count` arguments. */
bool args_read(napi_env env, napi_callback_info info, size_t count, struct args *args);
/* `name` is for the message. */
bool arg_integer(const struct args *args, size_t i, const char *name, int64_t least, int64_t most, int64_t *value);
bool arg_bool(const struct args *args, size_t i, const char *name, bool *value);
bool arg_text(const struct args *args, size_t i, const char *name, char text[ADDRESS_TEXT]);
/* Uint8Array (Buffers too), Int32Array, Uint32Array, Float64Array of at least `least` elements, on any buffer. */
bool arg_bytes(const struct args *args, size_t i, const char *name, size_t least, struct bytes *value);
bool arg_words(const struct args *args, size_t i, const char *name, size_t least, struct words *value);
bool arg_unsigned(const struct args *args, size_t i, const char *name, size_t least, uint32_t **value);
bool arg_doubles(const struct args *args, size_t i, const char *name, size_t least, double **value);

napi_value number(napi_env env, double value);
napi_value boolean(napi_env env, bool value);
void set_number(napi_env env, napi_value object, const char *key, double value);

/* All return NULL, for the caller to return. */
napi_value throw_error(napi_env env, const char *message);
napi_value throw_range(napi_env env, const char *message);
/* An Error with `errno` (negative, as Node's own) and `syscall`. */
napi_value throw_errno(napi_env env, const char *what, int error);

#endif
