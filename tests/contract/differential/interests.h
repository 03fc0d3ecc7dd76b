// What an operation may wait for.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>

namespace eagain::differential {

struct Interest {
  uint32_t events;
  const char* text;
};
inline constexpr Interest kInterests[] = {
    {EPOLLIN, "EPOLLIN"},
    {EPOLLOUT, "EPOLLOUT"},
    {EPOLLIN | EPOLLOUT, "EPOLLIN | EPOLLOUT"},
    {EPOLLIN | EPOLLRDHUP, "EPOLLIN | EPOLLRDHUP"},
    {0, "0"},
    {EPOLLIN | EPOLLONESHOT, "EPOLLIN | EPOLLONESHOT"},
    {EPOLLIN | EPOLLET, "EPOLLIN | EPOLLET"},
    {EPOLLOUT | EPOLLET, "EPOLLOUT | EPOLLET"},
    {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, "EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET"},
    {EPOLLRDHUP | EPOLLET, "EPOLLRDHUP | EPOLLET"},
};
inline constexpr size_t kLevelTriggered =
    5;  // the first so many: level-triggered, and not disarmed

}  // namespace eagain::differential
