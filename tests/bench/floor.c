/* The floor under every echo server that waits for readiness: wait, recv, send, and nothing else.
 * One thread, level-triggered epoll, a 64 KiB buffer for all; a partial write is kept and finished
 * before the client is read from again. No options, no limits, no log.
 *
 *   floor [PORT]     prints the port on the first line
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBuffer = 64 * 1024, kEvents = 256 };

/* The most bytes that the first send of an answer asks for; the injector's benchmark compiles it with 1. */
#ifndef FIRST_SEND
#define FIRST_SEND kBuffer
#endif

struct client {
  char *waiting; /* NULL: nothing waits */
  size_t from, to;
};

static struct client *clients;
static int epoll_fd;

static void watch(int op, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  epoll_ctl(epoll_fd, op, fd, &event);
}

static void drop(int fd) {
  free(clients[fd].waiting);
  clients[fd].waiting = NULL;
  close(fd);
}

static void keep(int fd, const char *bytes, size_t count) {
  struct client *c = &clients[fd];
  c->waiting = malloc(count);
  memcpy(c->waiting, bytes, count);
  c->from = 0;
  c->to = count;
  watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

static void serve(int fd) {
  static char buffer[kBuffer];
  const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  if (got <= 0) {
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      drop(fd);
    }
    return;
  }
  ssize_t sent = send(fd, buffer, got < FIRST_SEND ? (size_t)got : FIRST_SEND, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    drop(fd);
    return;
  }
  sent = sent < 0 ? 0 : sent;
  if (sent < got) {
    keep(fd, buffer + sent, (size_t)(got - sent));
  }
}

static void flush(int fd) {
  struct client *c = &clients[fd];
  const ssize_t sent = send(fd, c->waiting + c->from, c->to - c->from, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    drop(fd);
    return;
  }
  c->from += sent < 0 ? 0 : (size_t)sent;
  if (c->from == c->to) {
    free(c->waiting);
    c->waiting = NULL;
    watch(EPOLL_CTL_MOD, fd, EPOLLIN);
  }
}

static int listen_on(unsigned short port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, SOMAXCONN) != 0) {
    perror("floor");
    exit(1);
  }
  socklen_t length = sizeof address;
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char **argv) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  clients = calloc(limit.rlim_cur, sizeof *clients);
  epoll_fd = epoll_create1(0);
  const int listener = listen_on(argc > 1 ? (unsigned short)atoi(argv[1]) : 0);
  watch(EPOLL_CTL_ADD, listener, EPOLLIN);
  for (;;) {
    struct epoll_event events[kEvents];
    const int ready = epoll_wait(epoll_fd, events, kEvents, -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        const int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client >= 0) {
          watch(EPOLL_CTL_ADD, client, EPOLLIN);
        }
      } else if (clients[fd].waiting != NULL) {
        flush(fd);
      } else {
        serve(fd);
      }
    }
  }
}
