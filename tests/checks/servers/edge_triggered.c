// An edge-triggered epoll echo server, as small as can be. What matters is how long it stays with
// one client: with a budget it goes on to the next one after BUDGET reads; without one it reads until
// EAGAIN, which never comes while that client sends as fast as the server reads.
//
// usage: edge_triggered PORT BUDGET (0: none)
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kMost = 4096, kBuffer = 16384 };

static struct client {
  char buffer[kBuffer];
  size_t begin, end;
  int open, ready;
} clients[kMost];

static void leave(int fd) {
  close(fd);
  clients[fd].open = clients[fd].ready = 0;
}

// One read and its echo. 0 when there is nothing more to do for this client now.
static int turn(int fd) {
  struct client* c = &clients[fd];
  if (c->begin == c->end) {
    const ssize_t n = recv(fd, c->buffer, kBuffer, 0);
    if (n <= 0) {
      if (n == 0 || errno != EAGAIN) leave(fd);
      return 0;
    }
    c->begin = 0;
    c->end = (size_t)n;
  }
  while (c->begin < c->end) {
    const ssize_t n = send(fd, c->buffer + c->begin, c->end - c->begin, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno != EAGAIN) leave(fd);
      return 0;
    }
    c->begin += (size_t)n;
  }
  return 1;
}

static void accept_all(int ep, int listener) {
  for (;;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    if (fd >= kMost) {
      close(fd);
      continue;
    }
    clients[fd].begin = clients[fd].end = 0;
    clients[fd].open = 1;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = fd}};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const long budget = atol(argv[2]);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)atoi(argv[1])),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0 ||
      listen(listener, 1024) < 0) {
    perror("cannot listen");
    return 1;
  }
  const int ep = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}};
  epoll_ctl(ep, EPOLL_CTL_ADD, listener, &event);
  int left = 0;  // clients that are still ready although their budget was used up
  for (;;) {
    struct epoll_event events[64];
    const int count = epoll_wait(ep, events, 64, left ? 0 : -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == listener) {
        accept_all(ep, listener);
      } else {
        clients[events[i].data.fd].ready = 1;
      }
    }
    left = 0;
    for (int fd = 0; fd < kMost; ++fd) {
      if (!clients[fd].ready) continue;
      long turns = 0;
      while (clients[fd].ready && (budget == 0 || turns++ < budget)) {
        if (!turn(fd)) clients[fd].ready = 0;
      }
      left += clients[fd].ready;
    }
  }
}
