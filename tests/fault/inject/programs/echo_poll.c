// An echo server of poll(2) and non-blocking sockets. It reads with readv and writes with sendmsg when
// its second argument is "vectors", else with read and write.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sys/uio.h>

#include "listen.h"

enum { kMost = 64, kBuffer = 4096 };

static struct {
  char bytes[kBuffer];
  size_t start, end;
} clients[kMost];
static struct pollfd polls[kMost + 1];
static int vectors;

static ssize_t Receive(int fd, char* to, size_t size) {
  const size_t half = size / 2;
  struct iovec parts[3] = {{to, 0}, {to, half}, {to + half, size - half}};
  return vectors ? readv(fd, parts, 3) : read(fd, to, size);
}

static ssize_t Send(int fd, char* from, size_t size) {
  const size_t half = size / 2;
  struct iovec parts[2] = {{from, half}, {from + half, size - half}};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  return vectors ? sendmsg(fd, &message, MSG_NOSIGNAL) : send(fd, from, size, MSG_NOSIGNAL);
}

static int TryAgain(void) { return errno == EAGAIN || errno == EINTR; }

// 0 when the client is done with.
static int Serve(int i) {
  const int fd = polls[i + 1].fd;
  if (clients[i].start == clients[i].end) {
    const ssize_t count = Receive(fd, clients[i].bytes, kBuffer);
    if (count <= 0) return count < 0 && TryAgain();
    clients[i].start = 0;
    clients[i].end = (size_t)count;
  }
  const ssize_t count =
      Send(fd, clients[i].bytes + clients[i].start, clients[i].end - clients[i].start);
  if (count < 0) return TryAgain();
  clients[i].start += (size_t)count;
  return 1;
}

static void Accept(int listener) {
  const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  for (int i = 0; fd >= 0 && i < kMost; ++i) {
    if (polls[i + 1].fd < 0) {
      polls[i + 1].fd = fd;
      clients[i].start = clients[i].end = 0;
      return;
    }
  }
}

int main(int argc, char** argv) {
  vectors = argc > 2 && strcmp(argv[2], "vectors") == 0;
  polls[0].fd = ListenOn(argv[1], SOCK_NONBLOCK);
  polls[0].events = POLLIN;
  for (int i = 0; i < kMost; ++i) polls[i + 1].fd = -1;
  for (;;) {
    for (int i = 0; i < kMost; ++i) {
      polls[i + 1].events = clients[i].start == clients[i].end ? POLLIN : POLLOUT;
    }
    if (poll(polls, kMost + 1, -1) < 0) continue;
    for (int i = 0; i < kMost; ++i) {
      if (polls[i + 1].fd >= 0 && polls[i + 1].revents != 0 && !Serve(i)) {
        close(polls[i + 1].fd);
        polls[i + 1].fd = -1;
      }
    }
    if (polls[0].revents != 0) Accept(polls[0].fd);
  }
}
