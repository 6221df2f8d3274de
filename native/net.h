/*
 * The net is TCP without waiting: every socket is non-blocking, closed on exec and sends small messages at
 * once. Results below zero are -errno. Addresses are literal, IPv4 or IPv6; names are resolved elsewhere.
 */
#ifndef TM_NET_H
#define TM_NET_H

#include <stddef.h>
#include <stdint.h>

/* Returns the descriptor and stores the port, which the kernel chose when `*port` is 0. */
int net_listen(const char *address, uint16_t *port);
/* The connection may still be under way. */
int net_connect(const char *address, uint16_t port);
/* 0 when it stands, -EINPROGRESS while it is under way. */
int net_connect_result(int fd);
int net_accept(int fd);
int64_t net_send(int fd, const void *bytes, size_t length);
/* 0 at the end of the stream. */
int64_t net_recv(int fd, void *bytes, size_t length);
void net_close(int fd);

#endif
