#include "eagain/runner/run_to_end.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>

#include "eagain/driver/failure.h"

namespace eagain::runner {

using checks::Verdict;

checks::Outcome RunToEnd(const driver::ServerCommand& command, std::chrono::milliseconds limit) {
  const auto begin = std::chrono::steady_clock::now();
  checks::Outcome outcome;
  outcome.expected = "the command ends with exit status 0";
  try {
    boost::asio::io_context io;
    driver::ServerProcess process(io, command, 0);
    while (!process.ended() && std::chrono::steady_clock::now() - begin < limit) {
      io.run_one_for(std::chrono::milliseconds(100));
    }
    if (const auto end = process.ended()) {
      const bool good = !end->signaled && end->status == 0;
      outcome.verdict = good ? Verdict::kPass : Verdict::kFail;
      outcome.actual = end->describe();
      outcome.server_exit = outcome.actual;
    } else {
      outcome.verdict = Verdict::kTimeout;
      outcome.actual = fmt::format("it did not end within {} s", limit.count() / 1000);
    }
    outcome.server_output = process.output();
  } catch (const driver::Failure& failure) {
    outcome.verdict = Verdict::kFail;
    outcome.actual = failure.actual();
  }
  outcome.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  return outcome;
}

}  // namespace eagain::runner
