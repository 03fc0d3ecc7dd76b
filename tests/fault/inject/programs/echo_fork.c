// An echo server with a process for each connection; blocking calls.
#include <errno.h>
#include <signal.h>

#include "listen.h"

static void Serve(int fd) {
  char bytes[4096];
  for (;;) {
    const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t some = send(fd, bytes + sent, (size_t)(count - sent), MSG_NOSIGNAL);
      if (some < 0 && errno == EINTR) continue;
      if (some <= 0) return;
      sent += some;
    }
  }
}

int main(int argc, char** argv) {
  (void)argc;
  signal(SIGCHLD, SIG_IGN);
  const int listener = ListenOn(argv[1], 0);
  for (;;) {
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) continue;
    if (fork() == 0) {
      close(listener);
      Serve(fd);
      _exit(0);
    }
    close(fd);
  }
}
