/* Sockets, as JavaScript sees them. */
#include "api.h"
#include "napi_util.h"
#include "net.h"

static bool arg_fd(const struct args *args, int *fd) {
  int64_t value;
  if (!arg_integer(args, 0, "fd", 0, INT32_MAX, &value)) return false;
  *fd = (int)value;
  return true;
}

static bool arg_address(const struct args *args, char text[ADDRESS_TEXT], uint16_t *port) {
  int64_t value;
  if (!arg_text(args, 0, "address", text) || !arg_integer(args, 1, "port", 0, UINT16_MAX, &value)) return false;
  *port = (uint16_t)value;
  return true;
}

static napi_value listen_js(napi_env env, napi_callback_info info) {
  struct args args;
  char address[ADDRESS_TEXT];
  uint16_t port;
  if (!args_read(env, info, 2, &args) || !arg_address(&args, address, &port)) return NULL;
  int fd = net_listen(address, &port);
  if (fd < 0) return throw_errno(env, "listen", -fd);
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok) return NULL;
  set_number(env, result, "fd", fd);
  set_number(env, result, "port", port);
  return result;
}

static napi_value connect_js(napi_env env, napi_callback_info info) {
  struct args args;
  char address[ADDRESS_TEXT];
  uint16_t port;
  if (!args_read(env, info, 2, &args) || !arg_address(&args, address, &port)) return NULL;
  return number(env, net_connect(address, port));
}

static napi_value connect_result_js(napi_env env, napi_callback_info info) {
  struct args args;
  int fd;
  if (!args_read(env, info, 1, &args) || !arg_fd(&args, &fd)) return NULL;
  return number(env, net_connect_result(fd));
}

static napi_value accept_js(napi_env env, napi_callback_info info) {
  struct args args;
  int fd;
  if (!args_read(env, info, 1, &args) || !arg_fd(&args, &fd)) return NULL;
  return number(env, net_accept(fd));
}

/* fd, bytes, offset, length → the descriptor and the part that is meant. */
static bool arg_transfer(const struct args *args, int *fd, struct bytes *part) {
  int64_t offset, length;
  if (!arg_fd(args, fd) || !arg_bytes(args, 1, "bytes", 0, part) ||
      !arg_integer(args, 2, "offset", 0, (int64_t)part->length, &offset) ||
      !arg_integer(args, 3, "length", 0, (int64_t)part->length - offset, &length)) {
    return false;
  }
  part->data += offset;
  part->length = (size_t)length;
  return true;
}

static napi_value send_js(napi_env env, napi_callback_info info) {
  struct args args;
  int fd;
  struct bytes part;
  if (!args_read(env, info, 4, &args) || !arg_transfer(&args, &fd, &part)) return NULL;
  return number(env, (double)net_send(fd, part.data, part.length));
}

static napi_value recv_js(napi_env env, napi_callback_info info) {
  struct args args;
  int fd;
  struct bytes part;
  if (!args_read(env, info, 4, &args) || !arg_transfer(&args, &fd, &part)) return NULL;
  return number(env, (double)net_recv(fd, part.data, part.length));
}

static napi_value close_js(napi_env env, napi_callback_info info) {
  struct args args;
  int fd;
  if (args_read(env, info, 1, &args) && arg_fd(&args, &fd)) net_close(fd);
  return NULL;
}

const struct api_function net_api[] = {
    {"listen", listen_js}, {"connect", connect_js}, {"connectResult", connect_result_js},
    {"accept", accept_js}, {"send", send_js},       {"recv", recv_js},
    {"close", close_js},   {NULL, NULL},
};
