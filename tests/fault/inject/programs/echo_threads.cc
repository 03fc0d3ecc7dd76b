// An echo server with a thread for each connection, blocking calls; and four more threads that call into
// the kernel all the time.
#include <cerrno>
#include <thread>
#include <vector>

#include "listen.h"

namespace {

void Serve(int fd) {
  std::vector<char> bytes(4096);
  for (;;) {
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t some =
          ::send(fd, bytes.data() + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
      if (some < 0 && errno == EINTR) {
        continue;
      }
      if (some <= 0) {
        ::close(fd);
        return;
      }
      sent += some;
    }
  }
  ::close(fd);
}

void KeepBusy() {
  int ends[2];
  if (::pipe(ends) != 0) {
    return;
  }
  for (char byte = 0;; ++byte) {
    if (::write(ends[1], &byte, 1) != 1 || ::read(ends[0], &byte, 1) != 1) {
      ::abort();  // a pipe is no socket: nothing may go wrong here
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace

int main(int /*argc*/, char** argv) {
  const int listener = ListenOn(argv[1], 0);
  for (int i = 0; i < 4; ++i) {
    std::thread(KeepBusy).detach();
  }
  for (;;) {
    const int fd = ::accept(listener, nullptr, nullptr);
    if (fd >= 0) {
      std::thread(Serve, fd).detach();
    }
  }
}
