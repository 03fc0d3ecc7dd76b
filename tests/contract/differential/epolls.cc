// Lockstep: epoll.
#include <sys/epoll.h>

#include <array>

#include "interests.h"
#include "lockstep_calls.h"

namespace eagain::differential {
namespace {

const char* NameOf(int op) {
  return op == EPOLL_CTL_ADD   ? "EPOLL_CTL_ADD"
         : op == EPOLL_CTL_DEL ? "EPOLL_CTL_DEL"
                               : "EPOLL_CTL_MOD";
}

}  // namespace

void Lockstep::make_epoll(const Operation&) {
  const int fd = same_descriptor("epoll_create1(EPOLL_CLOEXEC)", [](Machine& machine) {
    return machine.sys.epoll_create1(EPOLL_CLOEXEC);
  });
  if (fd >= 0) {
    model_.open(FileModel::Kind::kEpoll, fd);
  }
}

void Lockstep::epoll_add(const Operation& operation) { epoll_control(EPOLL_CTL_ADD, operation); }
void Lockstep::epoll_modify(const Operation& operation) { epoll_control(EPOLL_CTL_MOD, operation); }
void Lockstep::epoll_delete(const Operation& operation) { epoll_control(EPOLL_CTL_DEL, operation); }

void Lockstep::epoll_control(int op, const Operation& operation) {
  const int set = choose(operation.on, &FileModel::is_epoll);
  const int fd = choose(operation.other, &FileModel::is_watchable);
  const FileModel* file = model_.of(fd);
  if (file != nullptr && file->kind == FileModel::Kind::kEpoll && fd != set) {
    return;  // a known divergence: an epoll in an epoll
  }
  const Interest& interest =
      kInterests[operation.choice % (tight() ? kLevelTriggered : std::size(kInterests))];
  const int token = static_cast<int>(watched_.size());
  watched_.push_back(file == nullptr ? -1 : model_.number_of(fd));
  same(fmt::format("epoll_ctl({}, {}, {}, {{{}, data {}}})", set, NameOf(op), fd, interest.text,
                   token),
       [&](Machine& machine) {
         epoll_event event{};
         event.events = interest.events;
         event.data.fd = token;
         return machine.sys.epoll_ctl(machine.fd(set), op, machine.fd(fd), &event);
       });
}

void Lockstep::epoll_wait(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_epoll);
  const FileModel* file = model_.of(fd);
  const bool ready =
      file != nullptr && file->kind == FileModel::Kind::kEpoll && (mask(sim_, fd) & EPOLLIN) != 0;
  const int timeout_ms = ready && !tight() ? 10'000 : 0;
  std::map<int, uint32_t> seen[2];
  const auto wait = [&](Machine& machine, int most) {
    std::array<epoll_event, 64> events{};
    const SysResult<int> count =
        machine.sys.epoll_wait(machine.fd(fd), events.data(), most, most == 64 ? 0 : timeout_ms);
    for (int i = 0; count.ok() && i < *count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      seen[&machine == &linux_][event.data.fd] |= event.events;
    }
    return count;
  };
  // Which are told first is the kernel's choice; all of them together is not.
  const int most = operation.choice % 4 == 0 ? 1 : operation.choice % 4 == 1 ? 0 : 63;
  if (!tight() || most != 63) {
    same(fmt::format("epoll_wait({}, events, {}, {})", fd, most, timeout_ms),
         [&](Machine& machine) { return wait(machine, tight() ? 0 : most); });
  }
  if (file == nullptr || file->kind != FileModel::Kind::kEpoll || failed()) {
    return;
  }
  const SysResult<int> linux_says = wait(linux_, 64);
  const SysResult<int> sim_says = wait(sim_, 64);
  note(fmt::format("epoll_wait({}, events, 64, 0)", fd), linux_says, sim_says);
  compare_events(seen[1], seen[0]);
}

void Lockstep::compare_events(const std::map<int, uint32_t>& linux_saw,
                              const std::map<int, uint32_t>& sim_saw) {
  for (int token = 0; token < static_cast<int>(watched_.size()); ++token) {
    const auto of = [token](const std::map<int, uint32_t>& saw) {
      auto found = saw.find(token);
      return found == saw.end() ? 0u : found->second;
    };
    const int file = watched_[static_cast<size_t>(token)];
    const uint32_t differ = of(linux_saw) ^ of(sim_saw);
    if (differ != 0 && (file < 0 || (differ & ~undecided(model_.at(file))) != 0)) {
      fail(fmt::format("events of data {}: Linux {}, simulation {}", token,
                       EventNames(of(linux_saw)), EventNames(of(sim_saw))));
    }
  }
}

}  // namespace eagain::differential
