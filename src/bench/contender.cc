#include "eagain/bench/contender.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <thread>

namespace eagain::bench {

namespace asio = boost::asio;

RunningContender::RunningContender(const Contender& contender, int cpu) : patience_(io_, {}) {
  {
    const PinnedTo pinned(cpu);
    process_ =
        std::make_unique<driver::ServerProcess>(io_, contender.command, driver::FindFreePort());
  }
  std::exception_ptr failed;
  asio::co_spawn(io_, process_->wait_until_listening(patience_), [&](std::exception_ptr error) {
    failed = std::move(error);
    io_.stop();
  });
  io_.run();
  patience_.observe(nullptr);  // it looks no longer: that would be work on the server's CPU
  if (failed) {
    std::rethrow_exception(failed);
  }
}

void RunningContender::while_serving(int cpu, const std::function<void()>& work) {
  std::exception_ptr failed;
  const auto guard = asio::make_work_guard(io_);
  io_.restart();
  {
    const std::jthread thread([&] {
      try {
        const PinnedTo pinned(cpu);
        work();
      } catch (...) {
        failed = std::current_exception();
      }
      asio::post(io_, [this] { io_.stop(); });
    });
    io_.run();
  }
  if (failed) {
    std::rethrow_exception(failed);
  }
}

}  // namespace eagain::bench
