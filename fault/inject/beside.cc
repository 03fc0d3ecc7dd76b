#include "eagain/fault/inject/beside.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "eagain/fault/inject/own_descriptors.h"
#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {
namespace {

constexpr unsigned kHighest = ~0U;

void CloseRange(unsigned first, unsigned last) {
  if (first <= last) {
    ::syscall(SYS_close_range, first, last, 0U);
  }
}

// What was meant for the program - its input and output, inherited listeners - is not the tracer's.
void KeepOnly(int a, int b) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  std::array kept = {STDERR_FILENO, a, b};
  std::sort(kept.begin(), kept.end());
  for (size_t i = 0; i < kept.size(); ++i) {
    const int from = std::max(kept[i], STDERR_FILENO);
    const unsigned last = i + 1 < kept.size() ? static_cast<unsigned>(kept[i + 1]) - 1 : kHighest;
    CloseRange(static_cast<unsigned>(from) + 1, last);
  }
}

// Harnesses tell a program's processes by a mark in the environment that they were started with: the
// tracer is none of them.
void HideEnvironment() {
  for (char** line = environ; *line != nullptr; ++line) {
    std::memset(*line, 0, std::strlen(*line));
  }
}

// Of one byte, with room for a descriptor beside it: cmsg(3), SCM_RIGHTS.
struct DescriptorMessage {
  DescriptorMessage() {
    header.msg_iov = &one;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  DescriptorMessage(const DescriptorMessage&) = delete;
  DescriptorMessage& operator=(const DescriptorMessage&) = delete;

  char byte = 0;
  iovec one{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
};

// Empty when the other side has closed.
UniqueFd ReceiveDescriptor(int channel) {
  DescriptorMessage message;
  if (::recvmsg(channel, &message.header, MSG_CMSG_CLOEXEC) != 1 ||
      CMSG_FIRSTHDR(&message.header) == nullptr) {
    return {};
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message.header)), sizeof fd);
  return Own(fd);
}

[[noreturn]] void Trace(pid_t program, int channel, int keep,
                        const std::function<std::unique_ptr<Interceptor>(pid_t)>& make) {
  ::setsid();
  ::prctl(PR_SET_NAME, "eagain-inject");
  ::prctl(PR_SET_PDEATHSIG, 0);
  ::prctl(PR_SET_DUMPABLE,
          0);  // closes its memory and descriptors to the program, of the same user
  HideEnvironment();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);
  KeepOnly(channel, keep);
  PrepareDescriptors();
  const pid_t self = ::getpid();
  char go = 0;
  if (::write(channel, &self, sizeof self) != sizeof self || ::read(channel, &go, 1) != 1) {
    ::_exit(1);
  }
  const std::unique_ptr<Interceptor> interceptor = make(program);
  Tracer tracer(*interceptor);
  const int error = tracer.seize(program);
  if (::write(channel, &error, sizeof error) != sizeof error || error != 0) {
    ::_exit(1);
  }
  std::thread([&tracer, channel = MoveToTop(Own(channel))]() mutable {
    UniqueFd listener = ReceiveDescriptor(channel.get());
    channel.reset();
    if (listener) {
      tracer.serve(HandedCalls(MoveToTop(std::move(listener))));
    }
  }).detach();
  tracer.run();
  ::_exit(0);
}

std::string FirstWord(const char* path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

std::string TracerPid() {
  std::ifstream status("/proc/self/status");
  std::string key;
  std::string value;
  while (status >> key) {
    if (key == "TracerPid:") {
      status >> value;
      break;
    }
    std::getline(status, value);
  }
  return value;
}

std::string WhyRefused(int error) {
  if (const std::string tracer = TracerPid(); !tracer.empty() && tracer != "0") {
    return fmt::format("process {} (strace, a debugger) traces this one already, and only one can",
                       tracer);
  }
  const std::string scope = FirstWord("/proc/sys/kernel/yama/ptrace_scope");
  if (error == EPERM && (scope == "2" || scope == "3")) {
    return fmt::format("kernel.yama.ptrace_scope is {}, which forbids ptrace(2){}", scope,
                       scope == "2" ? " to all but root: run as root, or set it to 1"
                                    : " to everybody until reboot");
  }
  return fmt::format("ptrace(2) is refused: {}; a container may need the capability SYS_PTRACE",
                     std::strerror(error));
}

}  // namespace

Beside::Beside(int keep, const std::function<std::unique_ptr<Interceptor>(pid_t program)>& make) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    failure_ = fmt::format("socketpair(2) failed: {}", std::strerror(errno));
    return;
  }
  channel_ = Own(ends[0]);
  UniqueFd its = Own(ends[1]);
  const pid_t program = ::getpid();
  const pid_t between = ::fork();
  if (between == 0) {
    // The child of a child that has ended is nobody's child here.
    if (::fork() == 0) {
      Trace(program, its.get(), keep, make);
    }
    ::_exit(0);
  }
  if (between < 0) {
    failure_ = fmt::format("fork(2) failed: {}", std::strerror(errno));
    return;
  }
  its.reset();
  ::waitpid(between, nullptr, 0);
  pid_t tracer = 0;
  int error = EIO;
  const char go = 1;
  if (::read(channel_.get(), &tracer, sizeof tracer) == sizeof tracer) {
    ::prctl(PR_SET_PTRACER, tracer, 0, 0, 0);  // yama lets only parents, or who is named here
    if (::write(channel_.get(), &go, 1) == 1 &&
        ::read(channel_.get(), &error, sizeof error) != sizeof error) {
      error = EIO;
    }
  }
  if (error != 0) {
    failure_ = WhyRefused(error);
  }
}

// By sendmsg, which is never handed over: nobody serves those calls yet.
int Beside::give(UniqueFd listener) const {
  const int fd = listener.get();
  DescriptorMessage message;
  cmsghdr* header = CMSG_FIRSTHDR(&message.header);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(channel_.get(), &message.header, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

}  // namespace eagain::fault
