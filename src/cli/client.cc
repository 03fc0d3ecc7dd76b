#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "eagain/cli/verbs.h"
#include "eagain/client/connect.h"
#include "eagain/client/echo_client.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"

namespace eagain::cli {

namespace {

// [HOST] PORT, as typed.
using Words = std::vector<std::string>;

uint16_t ParsePort(const std::string& word) {
  uint16_t port = 0;
  const char* const end = word.data() + word.size();
  const auto [parsed, failed] = std::from_chars(word.data(), end, port);
  if (failed != std::errc() || parsed != end || port == 0) {
    throw std::invalid_argument(fmt::format("\"{}\" is no port: a number from 1 to 65535", word));
  }
  return port;
}

int Report(const EchoClient::Ending& ending) {
  if (ending.why == EchoClient::Ending::Why::kExit) {
    return kConforms;
  }
  std::string said = ending.error == 0 ? "the server has closed the connection"
                                       : "the connection is broken: " + DescribeErrno(ending.error);
  if (ending.awaited > 0) {
    said += fmt::format("; {} bytes of the echo had not come", ending.awaited);
  }
  fmt::print(stderr, "eagain: {}\n", said);
  return kDoesNotConform;
}

int Converse(const Words& words) {
  try {
    const std::string host = words.size() > 1 ? words.front() : "127.0.0.1";
    const std::vector<Address> addresses = Resolve(host, ParsePort(words.back()));
    KernelSys sys;
    const UniqueFd server = ConnectToFirst(sys, addresses);
    const bool by_hand = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
    if (by_hand) {
      fmt::print("connected; each line comes back, `exit` leaves\n");
      static_cast<void>(fflush(stdout));
    }
    EchoClient client(sys, server.get(), STDIN_FILENO, STDOUT_FILENO, by_hand ? "> " : "");
    return Report(client.run());
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "eagain: {}\n", error.what());
    return kBadUsage;
  } catch (const SysError& error) {
    const char* const advice = error.error() == ECONNREFUSED
                                   ? "; no server listens there: is it running, is it that port?"
                                   : "";
    fmt::print(stderr, "eagain: {}{}\n", error.what(), advice);
    return kDoesNotConform;
  }
}

}  // namespace

void AddClient(CLI::App& app, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* verb = app.add_subcommand("client", "talk to an echo server, line by line");
  verb->footer("Examples:\n  eagain client 7000\n  eagain client ::1 7000 < lines.txt");
  verb->add_option("address", *words, "where the server listens; HOST is 127.0.0.1 if left out")
      ->required()
      ->expected(1, 2)
      ->type_name("[HOST] PORT");
  verb->callback([words, &action] { action = [words] { return Converse(*words); }; });
}

}  // namespace eagain::cli
