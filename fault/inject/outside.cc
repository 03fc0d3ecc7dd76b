#include "eagain/fault/inject/outside.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {
namespace {

UniqueFd Take(pid_t pid, int fd) {
  const UniqueFd process = OpenProcess(pid);
  return process ? TakeDescriptor(process.get(), fd) : UniqueFd();
}

int LeastBuffer(pid_t pid, int fd, int option) {
  const UniqueFd socket = Take(pid, fd);
  const int least = 1;  // the kernel makes it its minimum
  return socket && ::setsockopt(socket.get(), SOL_SOCKET, option, &least, sizeof least) == 0
             ? 0
             : errno;
}

// 'T' and 't' are stopped; what has ended does not matter. proc_pid_stat(5).
bool StandsStill(const std::filesystem::path& task) {
  std::ifstream file(task / "stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() ||
         std::string_view("TtZX").find(text[end + 2]) != std::string_view::npos;
}

bool AllStandStill(pid_t pid) {
  std::error_code error;
  const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task", error);
  return std::all_of(begin(tasks), end(tasks),
                     [](const auto& task) { return StandsStill(task.path()); });
}

}  // namespace

int LeastSendBuffer(pid_t pid, int fd) { return LeastBuffer(pid, fd, SO_SNDBUF); }
int LeastReceiveBuffer(pid_t pid, int fd) { return LeastBuffer(pid, fd, SO_RCVBUF); }

int LimitDescriptors(pid_t pid, uint64_t limit) {
  const rlimit both{.rlim_cur = limit, .rlim_max = limit};
  return ::prlimit(pid, RLIMIT_NOFILE, &both, nullptr) == 0 ? 0 : errno;
}

uint64_t OpenDescriptors(pid_t pid) {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd", error);
  return static_cast<uint64_t>(std::distance(begin(all), end(all)));
}

int StopAndContinue(pid_t pid, int patience_ms) {
  if (::kill(pid, SIGSTOP) != 0) {
    return errno;
  }
  constexpr std::chrono::microseconds kPause{200};
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  bool still = AllStandStill(pid);
  while (!still && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kPause);
    still = AllStandStill(pid);
  }
  const int error = ::kill(pid, SIGCONT) == 0 ? 0 : errno;
  return still ? error : ETIMEDOUT;
}

int ResetConnection(int fd) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  if (::connect(fd, &nobody, sizeof nobody) != 0) {
    return errno;
  }
  // Both directions are over, as they are after an RST. It says ENOTCONN and does it.
  ::shutdown(fd, SHUT_RDWR);
  return 0;
}

int ResetConnection(pid_t pid, int fd) {
  const UniqueFd socket = Take(pid, fd);
  return socket ? ResetConnection(socket.get()) : errno;
}

int AbortPending(pid_t pid, int listener) {
  const UniqueFd socket = Take(pid, listener);
  if (!socket) {
    return errno;
  }
  pollfd pending{.fd = socket.get(), .events = POLLIN, .revents = 0};
  if (::poll(&pending, 1, 0) != 1) {
    return EAGAIN;
  }
  const UniqueFd connection = Own(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  return connection && ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &at_once,
                                    sizeof at_once) == 0
             ? 0
             : errno;
}

}  // namespace eagain::fault
