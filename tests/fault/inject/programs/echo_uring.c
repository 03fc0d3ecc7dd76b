// An echo server of io_uring: one ring, one request for each client at a time.
#define _GNU_SOURCE
#include <errno.h>
#include <liburing.h>

#include "listen.h"

enum { kMost = 64, kBuffer = 4096 };

static struct {
  int fd;
  size_t start, end;
  char bytes[kBuffer];
} clients[kMost];

static struct io_uring ring;
static int listener;

static void AskForClient(void) {
  struct io_uring_sqe* entry = io_uring_get_sqe(&ring);
  io_uring_prep_accept(entry, listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  io_uring_sqe_set_data64(entry, kMost);
}

static void AskFor(int i) {
  const size_t left = clients[i].end - clients[i].start;
  struct io_uring_sqe* entry = io_uring_get_sqe(&ring);
  if (left == 0) {
    io_uring_prep_recv(entry, clients[i].fd, clients[i].bytes, kBuffer, 0);
  } else {
    io_uring_prep_send(entry, clients[i].fd, clients[i].bytes + clients[i].start, left,
                       MSG_NOSIGNAL);
  }
  io_uring_sqe_set_data64(entry, (unsigned)i);
}

static void Accepted(int fd) {
  for (int i = 0; fd >= 0 && i < kMost; ++i) {
    if (clients[i].fd < 0) {
      clients[i].fd = fd;
      clients[i].start = clients[i].end = 0;
      AskFor(i);
      break;
    }
  }
  AskForClient();
}

static void Completed(int i, int result) {
  const int again = result == -EAGAIN || result == -EINTR;
  if (!again && result <= 0) {
    close(clients[i].fd);
    clients[i].fd = -1;
    return;
  }
  if (!again && clients[i].start == clients[i].end) {
    clients[i].start = 0;
    clients[i].end = (size_t)result;
  } else if (!again) {
    clients[i].start += (size_t)result;
  }
  AskFor(i);
}

int main(int argc, char** argv) {
  (void)argc;
  if (io_uring_queue_init(256, &ring, 0) != 0) return 77;
  if (argv[1] == NULL) return 0;  // only whether it can
  listener = ListenOn(argv[1], SOCK_NONBLOCK);
  for (int i = 0; i < kMost; ++i) clients[i].fd = -1;
  AskForClient();
  for (;;) {
    struct io_uring_cqe* done;
    io_uring_submit_and_wait(&ring, 1);
    while (io_uring_peek_cqe(&ring, &done) == 0) {
      const int i = (int)io_uring_cqe_get_data64(done);
      const int result = done->res;
      io_uring_cqe_seen(&ring, done);
      if (i == kMost) {
        Accepted(result);
      } else {
        Completed(i, result);
      }
    }
  }
}
