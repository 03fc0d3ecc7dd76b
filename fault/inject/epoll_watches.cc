#include "eagain/fault/inject/epoll_watches.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace eagain::fault {

std::optional<std::vector<EpollWatch>> WatchesOf(int epoll) {
  std::ifstream file("/proc/self/fdinfo/" + std::to_string(epoll));
  if (!file) {
    return std::nullopt;
  }
  return ParseWatches(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::vector<EpollWatch> ParseWatches(std::string_view fdinfo) {
  std::vector<EpollWatch> watches;
  while (!fdinfo.empty()) {
    const size_t end = std::min(fdinfo.find('\n'), fdinfo.size() - 1) + 1;
    const std::string line(fdinfo.substr(0, end));
    fdinfo.remove_prefix(end);
    EpollWatch watch;
    unsigned events = 0;
    unsigned long long data = 0;
    unsigned long inode = 0;
    if (std::sscanf(line.c_str(), "tfd: %d events: %x data: %llx pos:%*d ino:%lx", &watch.fd,
                    &events, &data, &inode) == 4) {
      watch.event.events = events;
      watch.event.data.u64 = data;
      watch.inode = inode;
      watches.push_back(watch);
    }
  }
  std::stable_sort(watches.begin(), watches.end(),
                   [](const EpollWatch& a, const EpollWatch& b) { return a.fd < b.fd; });
  return watches;
}

const EpollWatch* FindWatch(const std::vector<EpollWatch>& watches, int fd, uint64_t inode) {
  auto at = std::lower_bound(watches.begin(), watches.end(), fd,
                             [](const EpollWatch& one, int number) { return one.fd < number; });
  for (; at != watches.end() && at->fd == fd; ++at) {
    if (at->inode == inode) {
      return &*at;
    }
  }
  return nullptr;
}

}  // namespace eagain::fault
