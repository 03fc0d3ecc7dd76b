#include "eagain/checks/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>
#include <vector>

namespace eagain::checks {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kStarved{2000};

// One thing waited for under a load, from when the wait began.
class Watch {
 public:
  Watch(Context& ctx, const Load& load, std::string_view expected)
      : ctx_(ctx), load_(load), expected_(expected), timer_(ctx.io()) {}

  awaitable<void> run(awaitable<void> served) {
    co_await std::move(served);
    served_ = true;
    timer_.cancel();
  }

  awaitable<void> look_on() {
    while (!served_) {
      timer_.expires_after(std::chrono::milliseconds(5));
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      judge();
    }
  }

 private:
  void judge() {
    if (served_) {
      return;
    }
    if (const auto broken = load_.broken()) {
      throw Failure("the clients that keep the server busy are served as well", *broken);
    }
    const uint64_t done = load_.done();
    if (done != done_last_) {
      done_last_ = done;
      ctx_.patience().progress();
    }
    const auto waited = ctx_.patience().fair_time() - began_;
    const uint64_t given = done - done_before_;
    const bool starves = given >= load_.much && waited >= kStarved * ctx_.patience().limits().scale;
    // An echo that has come but was not read yet, because this process did not come to run, is read
    // in the turn of the loop between two looks.
    looks_ = starves || given >= 10 * load_.much ? looks_ + 1 : 0;
    if (looks_ >= 3) {
      throw Failure(
          std::string(expected_),
          fmt::format("it waits in vain: meanwhile {}; the server is in {}", load_.in_words(given),
                      fmt::join(driver::BlockedIn(ctx_.server().pid()), ", ")));
    }
  }

  Context& ctx_;
  const Load& load_;
  std::string_view expected_;
  asio::steady_timer timer_;
  bool served_ = false;
  std::chrono::nanoseconds began_ = ctx_.patience().fair_time();
  uint64_t done_before_ = load_.done();
  uint64_t done_last_ = done_before_;
  int looks_ = 0;
};

}  // namespace

awaitable<void> NotStarvedBy(Context& ctx, const Load& load, std::string_view expected,
                             awaitable<void> served) {
  Watch watch(ctx, load, expected);
  std::vector<awaitable<void>> tasks;
  tasks.push_back(watch.run(std::move(served)));
  tasks.push_back(watch.look_on());
  co_await ctx.all(std::move(tasks));
}

}  // namespace eagain::checks
