// ClientTrial: one client under test, and the conversation that a check of it has: lines are typed
// to it, its server echoes them, and what it shows is read.
//
// A client may show what it shows late: some libraries keep output that does not go to a terminal,
// and some clients ask for it. So whether an echo was shown is judged when that is known for
// certain: when it is there, or when the client has come to its end and has shown no more. That it
// was not read is known before: it lies in the client's socket.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/context.h"
#include "eagain/driver/harness_server.h"

namespace eagain::checks {

// Patience with a client that starts (an interpreter takes its time, and so does a program that is
// compiled first), or that tries again for a while. They are scaled already.
driver::PatienceLimits ForAWhile(const driver::PatienceLimits& limits);

enum class EchoComes { kWhole, kInPieces };

class ClientTrial {
 public:
  // Makes the server, and starts the client.
  explicit ClientTrial(Context& ctx);
  ClientTrial(const ClientTrial&) = delete;
  ClientTrial& operator=(const ClientTrial&) = delete;

  // Types the line, and waits until the server has all of it; then it is echoed, and the client has
  // time to show that. Throws Failure when the line is not sent, or its echo not read. The echo is
  // kept until the client waits for it, so that what a client prints of what it sends is not taken
  // for the echo.
  awaitable<void> say(std::string line, EchoComes how = EchoComes::kWhole);
  // Throws Failure when not every line that was said has been shown, in order; with an end of the
  // input, if need be, so this comes last.
  awaitable<void> expect_shown();
  // Whether that is so now.
  bool all_shown() const;

  // Types the bytes, whatever comes of them.
  awaitable<void> type(std::string bytes);
  void end_input();
  // Until the client waits, or has ended. False when it does neither.
  awaitable<bool> at_rest();
  // Until it has ended; if it does not, false, and why().
  awaitable<bool> ended();
  // Until the condition holds; if it does not, false, and why().
  awaitable<bool> until(std::function<bool()> condition);
  const std::string& why() const { return why_; }
  // That it has ended, and how; or why the last wait for it was given up.
  std::string state() const;

  bool has_ended() const { return ctx_.server_end().has_value(); }
  const std::string& shown() const { return ctx_.server().shown(); }
  driver::HarnessServer& server() { return server_; }

 private:
  struct Line {
    std::string text;
    size_t shown_from;  // nothing before it in the output is its echo
  };

  void note_typed(const std::string& bytes);
  void feed();
  awaitable<void> wait_for_line(const std::string& line);
  awaitable<void> wait_until_read(const std::string& line);
  awaitable<void> echo_in_pieces();
  std::string how_it_is(const std::string& line) const;
  void judge_shown() const;

  Context& ctx_;
  driver::HarnessServer& server_;
  std::string to_type_;  // the client's input had no room for it yet
  std::vector<Line> lines_;
  size_t received_from_ = 0;  // what the server had received before the last line
  std::string why_;
};

}  // namespace eagain::checks
