#include "eagain/driver/descriptors.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <sstream>
#include <string>
#include <string_view>

#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::driver {
namespace {

std::string InfoPath(const Held& held) {
  return fmt::format("/proc/{}/fdinfo/{}", held.pid, held.fd);
}

std::string Target(pid_t pid, int fd) {
  std::array<char, 64> target{};
  const auto length =
      ::readlink(fmt::format("/proc/{}/fd/{}", pid, fd).c_str(), target.data(), target.size());
  return {target.data(), length > 0 ? static_cast<size_t>(length) : 0};
}

// "tfd:        5 events: 80000019 data: ..."
std::optional<Registration> ParseRegistration(const std::string& line) {
  std::istringstream words(line);
  std::string label;
  Registration registration;
  words >> label;
  if (label != "tfd:") {
    return std::nullopt;
  }
  words >> registration.fd >> label >> std::hex >> registration.events;
  return words ? std::optional(registration) : std::nullopt;
}

}  // namespace

std::optional<uint64_t> SocketInode(pid_t pid, int fd) {
  constexpr std::string_view kPrefix = "socket:[";
  const std::string name = Target(pid, fd);
  if (!name.starts_with(kPrefix)) {
    return std::nullopt;
  }
  uint64_t inode = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), inode);
  return inode;
}

std::vector<Held> HoldersOf(pid_t root, uint64_t inode) {
  std::vector<Held> holders;
  for (const pid_t pid : ProcessTree(root)) {
    for (const int fd : NumbersIn(fmt::format("/proc/{}/fd", pid))) {
      if (SocketInode(pid, fd) == inode) {
        holders.push_back({pid, fd});
      }
    }
  }
  return holders;
}

std::optional<int> DescriptorFlags(const Held& held) {
  const auto text = ReadProcFile(InfoPath(held));
  constexpr std::string_view kLabel = "flags:";
  const size_t at = text ? text->find(kLabel) : std::string::npos;
  if (at == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream words(text->substr(at + kLabel.size()));
  int flags = 0;
  words >> std::oct >> flags;
  return words ? std::optional(flags) : std::nullopt;
}

std::vector<Registration> Registrations(pid_t pid) {
  std::vector<Registration> all;
  for (const int fd : NumbersIn(fmt::format("/proc/{}/fd", pid))) {
    if (Target(pid, fd) != "anon_inode:[eventpoll]") {
      continue;
    }
    std::istringstream lines(ReadProcFile(InfoPath({pid, fd})).value_or(""));
    for (std::string line; std::getline(lines, line);) {
      if (const auto registration = ParseRegistration(line)) {
        all.push_back(*registration);
      }
    }
  }
  return all;
}

}  // namespace eagain::driver
