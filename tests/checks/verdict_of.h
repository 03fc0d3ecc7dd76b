// One check run against one small server, for the tests of the checks.
#pragma once

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/outcome.h"

namespace eagain::checks {

using Command = std::vector<std::string>;

// The servers in tests/checks/servers.
Command RightServer();
Command RightServerWithBacklog(int backlog);
Command PeekingServer();
Command SlowServer();                     // right, and needs 20 ms for each turn
Command OneByOneServer();                 // serves one client after the other
Command EdgeTriggeredServer(int budget);  // 0: reads each client until EAGAIN
Command WrongServer(const std::string& defect);
// The fixtures' program, which is right in every strategy but for the defect.
Command Student(const std::string& strategy, const std::string& defect = "none");
// The same command below a shell that stays, and does not pass signals on.
Command BelowShell(const Command& command);

// Runs the check with that id. Its patience is shorter than the default, so that failures are quick.
// `strategy` is what the server says it is.
Outcome VerdictOf(std::string_view check, const Command& server, const std::string& strategy = "");

// The same; what is not patience with a server that stands still has a tenth of its time.
Outcome VerdictInHaste(std::string_view check, const Command& server);

// The same where servers cannot be run under fault plans.
Outcome VerdictWithoutInjector(std::string_view check, const Command& server);

// So that a failed expectation shows why.
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

MATCHER(Passes, "") { return arg.verdict == Verdict::kPass; }

MATCHER_P(FailsSaying, actual, "fails, and the message says " + testing::PrintToString(actual)) {
  return arg.verdict == Verdict::kFail && !arg.expected.empty() &&
         arg.actual.find(actual) != std::string::npos;
}

// How a server ended a connection is a race where the client was still sending: FIN or RST.
MATCHER(FailsAsTheConnectionEnded, "fails, and the message says that the server ended it") {
  return arg.verdict == Verdict::kFail && !arg.expected.empty() &&
         (arg.actual.find("the server closed the connection") != std::string::npos ||
          arg.actual.find("the server reset the connection") != std::string::npos);
}

MATCHER_P(SkipsSaying, reason,
          "is skipped, and the reason says " + testing::PrintToString(reason)) {
  return arg.verdict == Verdict::kSkip && arg.reason.find(reason) != std::string::npos;
}

}  // namespace eagain::checks
