#include "eagain/bench/crowd.h"

#include <algorithm>
#include <array>
#include <utility>

#include "eagain/driver/failure.h"

namespace eagain::bench {

using Clock = std::chrono::steady_clock;

Crowd::Crowd(Address server, const std::atomic<bool>& stop, std::chrono::milliseconds patience)
    : server_(std::move(server)), stop_(stop), patience_(patience) {}

bool Crowd::may_go_on(Clock::time_point since) const {
  if (stop_) {
    throw Interrupted();
  }
  return Clock::now() - since < patience_;
}

void Crowd::add(int clients) {
  clients_.reserve(clients_.size() + static_cast<size_t>(clients));
  for (int i = 0; i < clients; ++i) {
    const auto since = Clock::now();
    const auto keep_trying = [&] { return may_go_on(since); };
    if (keep_trying()) {
      clients_.emplace_back(server_.host, server_.port, keep_trying);
    }
  }
}

void Crowd::greet() {
  for (size_t i = 0; i < clients_.size(); ++i) {
    greet(i);
  }
}

void Crowd::greet_last() { greet(clients_.size() - 1); }

void Crowd::greet(size_t number) {
  const std::string greeting = "client " + std::to_string(number);
  const auto since = Clock::now();
  LoadClient& client = clients_[number];
  std::array<char, 64> buffer{};
  std::string heard;
  for (size_t sent = 0; heard.size() < greeting.size();) {
    sent += client.send(std::span(greeting).subspan(sent));
    const size_t count = client.receive(std::span(buffer).first(greeting.size() - heard.size()),
                                        LoadClient::Wait::kUpTo50Ms);
    heard.append(buffer.data(), count);
    if (!may_go_on(since)) {
      throw driver::Failure("every client is served", "client " + std::to_string(number + 1) +
                                                          " of " + std::to_string(clients_.size()) +
                                                          " was not served");
    }
  }
  if (heard != greeting) {
    throw driver::Failure("what is sent comes back", "something else than was sent came back");
  }
}

int Crowd::turned_away() const {
  return static_cast<int>(std::ranges::count_if(clients_, &LoadClient::ended));
}

}  // namespace eagain::bench
