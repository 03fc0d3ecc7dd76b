// Lockstep: poll and select.
#include <poll.h>
#include <sys/select.h>

#include <array>

#include "interests.h"
#include "lockstep_calls.h"

namespace eagain::differential {

void Lockstep::poll(const Operation& operation) {
  std::vector<pollfd> entries[2];
  std::string text;
  const int count = operation.choice % 5;
  for (int i = 0; i < count; ++i) {
    const auto pick = static_cast<uint8_t>(operation.on + i * (operation.other % 7));
    const int fd = choose(pick, &FileModel::is_any);
    const Interest& interest =
        kInterests[static_cast<size_t>(operation.size + i) % kLevelTriggered];
    text += fmt::format("{}{{{}, {}}}", i == 0 ? "" : ", ", fd, interest.text);
    entries[0].push_back({sim_.fd(fd), static_cast<int16_t>(interest.events), 0});
    entries[1].push_back({linux_.fd(fd), static_cast<int16_t>(interest.events), 0});
  }
  const SysResult<int> linux_says =
      linux_.sys.poll(entries[1].data(), static_cast<nfds_t>(count), 0);
  const SysResult<int> sim_says = sim_.sys.poll(entries[0].data(), static_cast<nfds_t>(count), 0);
  note(fmt::format("poll({{{}}}, {}, 0)", text, count), linux_says, sim_says);
  if (!tight() && !(linux_says == sim_says)) {
    fail("the answers differ");
  }
  for (size_t i = 0; i < entries[0].size(); ++i) {
    const auto linux_saw = static_cast<uint16_t>(entries[1][i].revents);
    const auto sim_saw = static_cast<uint16_t>(entries[0][i].revents);
    const FileModel* file = model_.of(entries[0][i].fd);
    const uint32_t free = file == nullptr ? 0 : undecided(*file);
    if (((linux_saw ^ sim_saw) & ~free) != 0) {
      fail(fmt::format("entry {}: Linux {:#x}, simulation {:#x}", i, linux_saw, sim_saw));
    }
  }
}

void Lockstep::select(const Operation& operation) {
  static constexpr uint32_t kReadiness[] = {EPOLLIN, EPOLLOUT, EPOLLPRI};  // of the three sets
  std::array<fd_set, 3> sets[2];
  std::map<int, uint32_t> asked;
  for (auto& of_machine : sets) {
    for (fd_set& set : of_machine) {
      FD_ZERO(&set);
    }
  }
  std::string text;
  for (int i = 0; i < 1 + operation.choice % 4; ++i) {
    const auto pick = static_cast<uint8_t>(operation.on + i * (operation.other % 7));
    asked[choose(pick, &FileModel::is_any)] |= 1u + (operation.size + pick) % 7u;
  }
  for (const auto& [fd, bits] : asked) {
    text += fmt::format(" {}:{}{}{}", fd, bits & 1 ? "r" : "", bits & 2 ? "w" : "",
                        bits & 4 ? "e" : "");
    for (size_t which = 0; which < 3; ++which) {
      if ((bits >> which & 1) != 0) {
        FD_SET(sim_.fd(fd), &sets[0][which]);
        FD_SET(linux_.fd(fd), &sets[1][which]);
      }
    }
  }
  const auto call = [&](Machine& machine) {
    auto& of_machine = sets[&machine == &linux_];
    timeval now{0, 0};
    return machine.sys.select(machine.fd(asked.rbegin()->first) + 1, &of_machine[0], &of_machine[1],
                              &of_machine[2], &now);
  };
  const SysResult<int> linux_says = call(linux_);
  const SysResult<int> sim_says = call(sim_);
  note(fmt::format("select({}, {{{} }}, 0)", asked.rbegin()->first + 1, text), linux_says,
       sim_says);
  if (linux_says.error() != sim_says.error() || (!tight() && !(linux_says == sim_says))) {
    fail("the answers differ");
    return;
  }
  for (const auto& [fd, bits] : asked) {
    const FileModel* file = model_.of(fd);
    const uint32_t free = file == nullptr ? 0 : undecided(*file);
    for (size_t which = 0; which < 3; ++which) {
      const bool linux_saw = FD_ISSET(linux_.fd(fd), &sets[1][which]) != 0;
      const bool sim_saw = FD_ISSET(sim_.fd(fd), &sets[0][which]) != 0;
      if (linux_saw != sim_saw && (free & kReadiness[which]) == 0) {
        fail(fmt::format("descriptor {} in set {}: Linux {}, simulation {}", fd, which, linux_saw,
                         sim_saw));
      }
    }
  }
}

}  // namespace eagain::differential
