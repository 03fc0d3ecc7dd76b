// Lockstep: letting both come to rest, and comparing what can be seen of them then.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>

#include <chrono>

#include "lockstep_calls.h"

namespace eagain::differential {
namespace {

using Clock = std::chrono::steady_clock;

// How long Linux may take to deliver. Once there has been a failure it is being shrunk, and most of
// the waiting would be for what never comes.
std::chrono::milliseconds patience{10'000};
constexpr std::chrono::milliseconds kPatienceWhileShrinking{300};

}  // namespace

void Lockstep::settle() {
  if (failed()) {
    return;
  }
  const timespec moment{0, 1'000'000};
  for (int turn = 0; turn < 100'000 && kernel_.scheduler().agenda().first() != sim::kNever;
       ++turn) {
    if (!kernel_.nanosleep(&moment, nullptr).ok()) {
      fail("the simulation was interrupted");
    }
  }
  const auto deadline = Clock::now() + patience;
  std::string differs = difference();
  for (int turn = 0; !differs.empty() && Clock::now() < deadline; ++turn) {
    const timespec pause{0, turn < 20 ? 20'000 : 1'000'000};
    if (!linux_.sys.nanosleep(&pause, nullptr).ok()) {
      fail("Linux was interrupted");
    }
    differs = difference();
  }
  if (!differs.empty()) {
    fail("at rest, " + differs);
    patience = kPatienceWhileShrinking;
  }
}

std::string Lockstep::difference() {
  for (const auto& [fd, file] : model_.descriptors()) {
    if (std::string differs = difference_at(fd, model_.at(file)); !differs.empty()) {
      return differs;
    }
  }
  return "";
}

std::string Lockstep::difference_at(int fd, FileModel& file) {
  const uint32_t sim_says = mask(sim_, fd);
  const auto compare = [&]() -> std::string {
    const uint32_t linux_says = mask(linux_, fd);
    return ((linux_says ^ sim_says) & ~undecided(file)) == 0
               ? ""
               : fmt::format("descriptor {} is: Linux {}, simulation {}", fd,
                             EventNames(linux_says), EventNames(sim_says));
  };
  std::string differs = compare();
  if (!differs.empty() || file.kind != FileModel::Kind::kSocket) {
    return differs;
  }
  // What is seen of a socket may be seen before who waits for it is told: after a call that takes
  // the socket's lock, they have been.
  const int off = 0;
  static_cast<void>(linux_.sys.setsockopt(linux_.fd(fd), SOL_SOCKET, 9999, &off, sizeof off).ok());
  differs = compare();
  if (differs.empty()) {
    differs = not_at_rest(fd, file);
  }
  if (differs.empty() && file.connected && (sim_says & (EPOLLIN | EPOLLERR)) == EPOLLIN) {
    const size_t linux_has = readable(linux_, fd);
    const size_t sim_has = readable(sim_, fd);
    const size_t roomy_has = &second() == &linux_ ? linux_has : sim_has;
    const size_t tight_has = &second() == &linux_ ? sim_has : linux_has;
    const bool allowed = tight() && tight_has > 0 && roomy_has >= tight_has;
    if (linux_has != sim_has && !allowed) {
      differs =
          fmt::format("descriptor {} has: Linux {} bytes, simulation {}", fd, linux_has, sim_has);
    }
  }
  return differs;
}

// What of Linux is still under way, though it cannot be read or polled.
std::string Lockstep::not_at_rest(int fd, const FileModel& file) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (!linux_.sys.getsockopt(linux_.fd(fd), IPPROTO_TCP, TCP_INFO, &info, &length).ok()) {
    return "";
  }
  if (file.listening && info.tcpi_unacked != file.queue.size()) {  // of a listener: its queue
    return fmt::format("{} wait to be accepted by {}, of {}", info.tcpi_unacked, fd,
                       file.queue.size());
  }
  // An end that was sent is acknowledged within 40 ms or so, and that is an edge.
  const bool ending = info.tcpi_state == TCP_FIN_WAIT1 || info.tcpi_state == TCP_CLOSING ||
                      info.tcpi_state == TCP_LAST_ACK;
  return ending && !tight() ? fmt::format("the end that {} sent is not acknowledged", fd) : "";
}

uint32_t Lockstep::mask(Machine& machine, int fd) {
  pollfd entry{machine.fd(fd), POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  return machine.sys.poll(&entry, 1, 0).ok() ? static_cast<uint16_t>(entry.revents) : 0;
}

uint32_t Lockstep::undecided(const FileModel& file) {
  if (!tight()) {
    return 0;
  }
  if (file.is_epoll()) {
    return EPOLLIN;  // it is as readable as what it watches is ready
  }
  uint32_t bits = 0;
  if (model_.under_way_from(file) > 0) {
    bits |= EPOLLOUT;
  }
  if (model_.under_way_to(file) > 0) {
    bits |= EPOLLRDHUP | EPOLLHUP;
  }
  return bits;
}

size_t Lockstep::readable(Machine& machine, int fd) {
  std::string& into = bytes_[0];
  into.resize(128 * 1024);
  const SysResult<size_t> there =
      machine.sys.recv(machine.fd(fd), into.data(), into.size(), MSG_PEEK | MSG_DONTWAIT);
  return there.ok() ? *there : 0;
}

}  // namespace eagain::differential
