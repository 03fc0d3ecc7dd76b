// What an epoll watches and how, as the kernel tells: proc(5), "/proc/[pid]/fdinfo".
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace eagain::fault {

struct EpollWatch {
  int fd = -1;  // the number it is registered under, in the process that registered it
  epoll_event event{};
  uint64_t inode = 0;  // of the file: after a close(2) the number may be another file's
};

// Of a descriptor of this process; in the order of their numbers. Nothing when that cannot be read: then
// nobody knows.
std::optional<std::vector<EpollWatch>> WatchesOf(int epoll);

// The same, of the text that the kernel writes.
std::vector<EpollWatch> ParseWatches(std::string_view fdinfo);

// The one of that number and file; null when there is none.
const EpollWatch* FindWatch(const std::vector<EpollWatch>& watches, int fd, uint64_t inode);

}  // namespace eagain::fault
