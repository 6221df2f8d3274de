#include "napi_util.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE = 160 };

napi_value throw_error(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

napi_value throw_range(napi_env env, const char *message) {
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", message);
  return NULL;
}

static napi_value text_value(napi_env env, const char *text) {
  napi_value value = NULL;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

napi_value throw_errno(napi_env env, const char *what, int error) {
  char message[MESSAGE];
  snprintf(message, sizeof message, "%s: %s", what, strerror(error));
  napi_value thrown;
  if (napi_create_error(env, NULL, text_value(env, message), &thrown) != napi_ok) return NULL;
  set_number(env, thrown, "errno", -error);
  napi_set_named_property(env, thrown, "syscall", text_value(env, what));
  napi_throw(env, thrown);
  return NULL;
}

static bool wrong_type(const struct args *args, const char *name, const char *expected) {
  char message[MESSAGE];
  snprintf(message, sizeof message, "%s must be %s", name, expected);
  napi_throw_type_error(args->env, "ERR_INVALID_ARG_TYPE", message);
  return false;
}

bool args_read(napi_env env, napi_callback_info info, size_t count, struct args *args) {
  size_t given = MAX_ARGS;
  args->env = env;
  if (napi_get_cb_info(env, info, &given, args->values, NULL, NULL) == napi_ok && given >= count) return true;
  napi_throw_type_error(env, "ERR_MISSING_ARGS", "too few arguments");
  return false;
}

bool arg_integer(const struct args *args, size_t i, const char *name, int64_t least, int64_t most, int64_t *value) {
  double given;
  if (napi_get_value_double(args->env, args->values[i], &given) != napi_ok) return wrong_type(args, name, "a number");
  if (given >= (double)least && given <= (double)most && given == floor(given)) {
    *value = (int64_t)given;
    return true;
  }
  char message[MESSAGE];
  snprintf(message, sizeof message, "%s must be an integer from %lld to %lld, not %g", name, (long long)least,
           (long long)most, given);
  throw_range(args->env, message);
  return false;
}

bool arg_bool(const struct args *args, size_t i, const char *name, bool *value) {
  return napi_get_value_bool(args->env, args->values[i], value) == napi_ok || wrong_type(args, name, "a boolean");
}

bool arg_text(const struct args *args, size_t i, const char *name, char text[ADDRESS_TEXT]) {
  size_t length;
  if (napi_get_value_string_utf8(args->env, args->values[i], NULL, 0, &length) != napi_ok) {
    return wrong_type(args, name, "a string");
  }
  if (length >= ADDRESS_TEXT) return wrong_type(args, name, "a shorter string");
  return napi_get_value_string_utf8(args->env, args->values[i], text, ADDRESS_TEXT, &length) == napi_ok;
}

struct typed {
  napi_typedarray_type type;
  const char *expected;
};

static bool typed_array(const struct args *args, size_t i, const char *name, struct typed typed, size_t least,
                        void **data, size_t *length) {
  napi_typedarray_type type;
  napi_value value = args->values[i];
  if (napi_get_typedarray_info(args->env, value, &type, length, data, NULL, NULL) != napi_ok || type != typed.type) {
    return wrong_type(args, name, typed.expected);
  }
  if (*length >= least) return true;
  char message[MESSAGE];
  snprintf(message, sizeof message, "%s must have at least %zu elements, not %zu", name, least, *length);
  throw_range(args->env, message);
  return false;
}

bool arg_bytes(const struct args *args, size_t i, const char *name, size_t least, struct bytes *value) {
  struct typed typed = {napi_uint8_array, "a Uint8Array"};
  return typed_array(args, i, name, typed, least, (void **)&value->data, &value->length);
}

bool arg_words(const struct args *args, size_t i, const char *name, size_t least, struct words *value) {
  struct typed typed = {napi_int32_array, "an Int32Array"};
  return typed_array(args, i, name, typed, least, (void **)&value->data, &value->length);
}

bool arg_unsigned(const struct args *args, size_t i, const char *name, size_t least, uint32_t **value) {
  struct typed typed = {napi_uint32_array, "a Uint32Array"};
  size_t length;
  return typed_array(args, i, name, typed, least, (void **)value, &length);
}

bool arg_doubles(const struct args *args, size_t i, const char *name, size_t least, double **value) {
  struct typed typed = {napi_float64_array, "a Float64Array"};
  size_t length;
  return typed_array(args, i, name, typed, least, (void **)value, &length);
}

napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

napi_value boolean(napi_env env, bool value) {
  napi_value result = NULL;
  napi_get_boolean(env, value, &result);
  return result;
}

void set_number(napi_env env, napi_value object, const char *key, double value) {
  napi_set_named_property(env, object, key, number(env, value));
}
