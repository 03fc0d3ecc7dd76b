#include "fixture.h"

#include <sys/prctl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "eagain/driver/failure.h"

namespace eagain::driver {

DriverTest::DriverTest(const PatienceLimits& limits) : patience_(io_, limits) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

DriverTest::~DriverTest() { stop(); }

ServerCommand DriverTest::python(std::string_view lines) {
  return {.argv = {"/usr/bin/python3", "-c", std::string(lines), "{port}"},
          .fixed_port = {},
          .extra_environment = {},
          .descriptor_limit = {}};
}

ServerCommand DriverTest::shell(std::string_view line) {
  return {.argv = {"/bin/sh", "-c", std::string(line), "sh", "{port}"},
          .fixed_port = {},
          .extra_environment = {},
          .descriptor_limit = {}};
}

void DriverTest::start(std::string_view lines) { start(python(lines)); }

void DriverTest::start(ServerCommand command) {
  launch(std::move(command));
  run([this] { return server_->wait_until_listening(patience_); });
}

ServerProcess& DriverTest::launch(ServerCommand command) {
  stop();
  server_ = std::make_unique<ServerProcess>(io_, command, FindFreePort());
  patience_.observe(server_.get());
  return *server_;
}

void DriverTest::stop() {
  patience_.observe(nullptr);
  server_.reset();
}

void DriverTest::run(std::function<asio::awaitable<void>()> body) {
  io_.restart();  // it may have run out of work before
  std::exception_ptr failed;
  bool done = false;
  asio::co_spawn(io_, body(), [&](std::exception_ptr error) {
    failed = error;
    done = true;
  });
  while (!done) {
    io_.run_one();
  }
  if (failed) {
    std::rethrow_exception(failed);
  }
}

std::string DriverTest::failure_of(std::function<asio::awaitable<void>()> body) {
  try {
    run(std::move(body));
  } catch (const Failure& failure) {
    return failure.expected() + " | " + failure.actual();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

asio::awaitable<void> DriverTest::all(std::vector<asio::awaitable<void>> operations) {
  size_t left = operations.size();
  std::exception_ptr first;
  asio::steady_timer done(io_, asio::steady_timer::time_point::max());
  for (auto& operation : operations) {
    asio::co_spawn(io_, std::move(operation), [&](std::exception_ptr error) {
      first = first ? first : error;
      if (--left == 0) {
        done.cancel();
      }
    });
  }
  boost::system::error_code cancelled;
  if (left > 0) {
    co_await done.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  if (first) {
    std::rethrow_exception(first);
  }
}

void DriverTest::wait_for(std::function<bool()> condition) {
  run([&]() -> asio::awaitable<void> {
    std::string why;
    const bool held = co_await patience_.until(condition, &why);
    EXPECT_TRUE(held) << why;
  });
}

std::string DriverTest::output_at_end() {
  wait_for([this] { return server().ended().has_value(); });
  return server().output();
}

asio::awaitable<Peer> DriverTest::connect(PeerOptions options) {
  return Peer::connect({io_, patience_, transcript_}, server_->address(), server_->port(),
                       ++clients_, options);
}

}  // namespace eagain::driver
