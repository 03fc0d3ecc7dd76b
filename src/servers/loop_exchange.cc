#include "eagain/servers/loop_exchange.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "eagain/net/make_event.h"

namespace eagain {

LoopExchange::LoopExchange(Sys& sys, size_t loops) : sys_(sys) {
  for (size_t i = 0; i < loops; ++i) {
    inboxes_.push_back(std::make_unique<Inbox>(MakeEvent(sys, "that loops pass newcomers on by")));
  }
}

std::vector<UniqueFd> LoopExchange::collect(size_t loop) {
  Inbox& inbox = *inboxes_[loop];
  // In this order: who comes in between is told anew.
  uint64_t count = 0;
  static_cast<void>(sys_.read(inbox.event.get(), &count, sizeof count).ok());
  const std::lock_guard lock(inbox.mutex);
  return std::exchange(inbox.newcomers, {});
}

UniqueFd LoopExchange::place(size_t loop, UniqueFd client) {
  const auto emptiest = std::ranges::min_element(
      inboxes_, {}, [](const std::unique_ptr<Inbox>& inbox) { return inbox->clients.load(); });
  if ((*emptiest)->clients >= inboxes_[loop]->clients) {
    ++inboxes_[loop]->clients;
    return client;
  }
  Inbox& inbox = **emptiest;
  ++inbox.clients;
  {
    const std::lock_guard lock(inbox.mutex);
    inbox.newcomers.push_back(std::move(client));
  }
  const uint64_t one = 1;
  static_cast<void>(sys_.write(inbox.event.get(), &one, sizeof one).ok());
  return {};
}

}  // namespace eagain
