#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* Returns the length of the address, 0 when `text` is none. */
static socklen_t parse(const char *text, uint16_t port, union address *address) {
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    return sizeof address->v4;
  }
  if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    return sizeof address->v6;
  }
  return 0;
}

static int open_socket(const union address *address) {
  return socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int switch_on(int fd, int level, int option) {
  int on = 1;
  return setsockopt(fd, level, option, &on, sizeof on);
}

static int fail(int fd) {
  int error = errno;
  close(fd);
  return -error;
}

static uint16_t port_of(const union address *address) {
  return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

int net_listen(const char *text, uint16_t *port) {
  union address address;
  socklen_t length = parse(text, *port, &address);
  if (length == 0) return -EINVAL;
  int fd = open_socket(&address);
  if (fd < 0) return -errno;
  switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
  if (bind(fd, &address.any, length) != 0 || listen(fd, SOMAXCONN) != 0) return fail(fd);
  if (getsockname(fd, &address.any, &length) != 0) return fail(fd);
  *port = port_of(&address);
  return fd;
}

int net_connect(const char *text, uint16_t port) {
  union address address;
  socklen_t length = parse(text, port, &address);
  if (length == 0) return -EINVAL;
  int fd = open_socket(&address);
  if (fd < 0) return -errno;
  switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
  /* Interrupted, it goes on by itself like one in progress. */
  if (connect(fd, &address.any, length) != 0 && errno != EINPROGRESS && errno != EINTR) return fail(fd);
  return fd;
}

int net_connect_result(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return -errno;
  if (error != 0) return -error;
  union address peer;
  length = sizeof peer;
  if (getpeername(fd, &peer.any, &length) == 0) return 0;
  return errno == ENOTCONN ? -EINPROGRESS : -errno;
}

int net_accept(int fd) {
  int peer;
  do peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  while (peer < 0 && errno == EINTR);
  if (peer < 0) return -errno;
  switch_on(peer, IPPROTO_TCP, TCP_NODELAY);
  return peer;
}

int64_t net_send(int fd, const void *bytes, size_t length) {
  ssize_t sent;
  do sent = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

int64_t net_recv(int fd, void *bytes, size_t length) {
  ssize_t received;
  do received = recv(fd, bytes, length, MSG_DONTWAIT);
  while (received < 0 && errno == EINTR);
  return received < 0 ? -errno : received;
}

void net_close(int fd) { close(fd); }
