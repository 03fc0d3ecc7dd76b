// An echo server of io_uring: one ring, one request for each client at a time. A second argument asks for
// "sqpoll", a ring that the kernel polls; "multishot", one request for all clients; "registered", a ring
// that is known by its place in the thread's list (io_uring_register_ring_fd); "provided", buffers that
// the kernel chooses.
#define _GNU_SOURCE
#include <errno.h>
#include <liburing.h>

#include "listen.h"

enum { kMost = 64, kBuffer = 4096, kAccepted = kMost, kProvided };

static struct {
  int fd;
  size_t start, end;
  char bytes[kBuffer];
} clients[kMost];

static struct io_uring ring;
static int listener;
static int multishot, provided;

static void AskForClient(void) {
  struct io_uring_sqe* entry = io_uring_get_sqe(&ring);
  const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  if (multishot) {
    io_uring_prep_multishot_accept(entry, listener, NULL, NULL, flags);
  } else {
    io_uring_prep_accept(entry, listener, NULL, NULL, flags);
  }
  io_uring_sqe_set_data64(entry, kAccepted);
}

static void AskFor(int i) {
  const size_t left = clients[i].end - clients[i].start;
  struct io_uring_sqe* entry = io_uring_get_sqe(&ring);
  if (left == 0 && provided) {
    io_uring_prep_provide_buffers(entry, clients[i].bytes, kBuffer, 1, i, 0);
    io_uring_sqe_set_flags(entry, IOSQE_IO_LINK);
    io_uring_sqe_set_data64(entry, kProvided);
    entry = io_uring_get_sqe(&ring);
    io_uring_prep_recv(entry, clients[i].fd, NULL, 0, 0);
    io_uring_sqe_set_flags(entry, IOSQE_BUFFER_SELECT);
    entry->buf_group = (unsigned short)i;
  } else if (left == 0) {
    io_uring_prep_recv(entry, clients[i].fd, clients[i].bytes, kBuffer, 0);
  } else {
    io_uring_prep_send(entry, clients[i].fd, clients[i].bytes + clients[i].start, left,
                       MSG_NOSIGNAL);
  }
  io_uring_sqe_set_data64(entry, (unsigned)i);
}

static void Accepted(int fd, int more) {
  for (int i = 0; fd >= 0 && i < kMost; ++i) {
    if (clients[i].fd < 0) {
      clients[i].fd = fd;
      clients[i].start = clients[i].end = 0;
      AskFor(i);
      break;
    }
  }
  if (!more) AskForClient();
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
  const char* way = argc > 2 ? argv[2] : "";
  const unsigned polled = strcmp(way, "sqpoll") == 0 ? IORING_SETUP_SQPOLL : 0;
  multishot = strcmp(way, "multishot") == 0;
  provided = strcmp(way, "provided") == 0;
  if (io_uring_queue_init(256, &ring, polled) != 0) return 77;
  if (argv[1] == NULL) return 0;  // only whether it can
  if (strcmp(way, "registered") == 0 && io_uring_register_ring_fd(&ring) != 1) return 77;
  listener = ListenOn(argv[1], SOCK_NONBLOCK);
  for (int i = 0; i < kMost; ++i) clients[i].fd = -1;
  AskForClient();
  for (;;) {
    struct io_uring_cqe* done;
    io_uring_submit_and_wait(&ring, 1);
    while (io_uring_peek_cqe(&ring, &done) == 0) {
      const int i = (int)io_uring_cqe_get_data64(done);
      const int result = done->res;
      const int more = (done->flags & IORING_CQE_F_MORE) != 0;
      io_uring_cqe_seen(&ring, done);
      if (i == kAccepted) {
        Accepted(result, more);
      } else if (i != kProvided) {
        Completed(i, result);
      }
    }
  }
}
