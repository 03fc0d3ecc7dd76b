// The checks of clients: correct ones of several kinds pass them all, and each defect is found by the
// check that is about it.
#include <gtest/gtest.h>

#include <string>

#include "family_test_name.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kClients = EAGAIN_FIXTURE_CLIENTS;

Command CClient(const std::string& defect) {
  return {EAGAIN_C_CLIENT, "--defect", defect, "{host}", "{port}"};
}

Command PythonClient(const std::string& defect) {
  return {
      "/usr/bin/python3", kClients + "/student/client.py", "--defect", defect, "{host}", "{port}"};
}

Command Script(const std::string& name) {
  return {"/usr/bin/python3", kClients + "/" + name, "{host}", "{port}"};
}

// These lines, after a connection was made and found to work.
Command Lines(const std::string& lines) {
  return {"/usr/bin/python3", "-c",
          "import os, signal, socket, sys, time\n"
          "server = socket.create_connection((os.environ['HOST'], int(os.environ['PORT'])))\n" +
              lines,
          "{port}"};
}

class ClientChecksTest : public testing::TestWithParam<Check> {};

TEST_P(ClientChecksTest, PassOnTheOneThatComesWithThisProgram) {
  EXPECT_THAT(VerdictOf(GetParam().id, {EAGAIN_PROGRAM, "client", "{host}", "{port}"}), Passes());
}

TEST_P(ClientChecksTest, PassOnOneWithStdioAndAPrompt) {
  EXPECT_THAT(VerdictOf(GetParam().id, CClient("none")), Passes());
}

TEST_P(ClientChecksTest, PassOnOneInPython) {
  EXPECT_THAT(VerdictOf(GetParam().id, PythonClient("none")), Passes());
}

TEST_P(ClientChecksTest, PassOnOneThatShowsWhateverComesAndHalfCloses) {
  EXPECT_THAT(VerdictOf(GetParam().id, Script("correct/stream.py")), Passes());
}

TEST_P(ClientChecksTest, PassOnOneThatCutsLongLinesSendsCrlfAndKeepsItsOutputToTheEnd) {
  EXPECT_THAT(VerdictOf(GetParam().id, {EAGAIN_CLIENT_BY_LINE, "{host}", "{port}"}), Passes());
}

TEST_P(ClientChecksTest, PassOnOneThatConnectsForEachLine) {
  EXPECT_THAT(VerdictOf(GetParam().id, Script("correct/connects_each_time.py")), Passes());
}

TEST_P(ClientChecksTest, PassOnOneBelowAShell) {
  EXPECT_THAT(VerdictOf(GetParam().id, BelowShell(CClient("none"))), Passes());
}

TEST_P(ClientChecksTest, FailOnAProgramThatIsNotThere) {
  EXPECT_THAT(VerdictOf(GetParam().id, {"./no-such-client", "{port}"}),
              FailsSaying("cannot be started"));
}

INSTANTIATE_TEST_SUITE_P(All, ClientChecksTest, testing::ValuesIn(ClientChecks()), SlugOf);

// A defect, the check that is about it, and what that says.
struct Found {
  Command command;
  std::string check;
  std::string said;
};

class DefectTest : public testing::TestWithParam<Found> {};

TEST_P(DefectTest, IsFound) {
  EXPECT_THAT(VerdictOf(GetParam().check, GetParam().command), FailsSaying(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    OfTheCClient, DefectTest,
    testing::Values(
        Found{CClient("shows-its-own"), "client/round-trip", "nothing of it is shown"},
        Found{CClient("off-by-one"), "client/round-trip",
              "only \"hell\" of it is shown; what is shown there: \"Echo: hell\\n"},
        Found{CClient("words"), "client/round-trip",
              "it sent something else (\"alineofseveralwords\")"},
        Found{CClient("one-recv"), "client/long-message",
              "1,024 of its 100,000 bytes are shown, and 98,976 lie unread"},
        Found{CClient("one-recv"), "client/split-echo", "bytes are shown"},
        Found{CClient("empty-line"), "client/empty-line", "the client sleeps in recv(3)"},
        Found{CClient("empty-crash"), "client/empty-line", "killed by SIGABRT"},
        Found{CClient("exit-ignored"), "client/exit", "sends the word like any other line"},
        Found{CClient("exit-status"), "client/exit", "exit status 1"},
        Found{CClient("end-ignored"), "client/end-of-input",
              "it goes on, and prints without end: "},
        Found{CClient("end-status"), "client/end-of-input", "exit status 1"},
        Found{CClient("left-is-empty"), "client/server-closes",
              "it says nothing of that, and goes on"},
        Found{CClient("left-spins"), "client/server-closes", "of CPU"},
        Found{CClient("left-silently"), "client/server-closes", "without a word of it"},
        Found{CClient("refused-status"), "client/refused", "exit status 0, as if all were well"},
        Found{CClient("refused-silent"), "client/refused", "without a word (exit status 1)"}));

INSTANTIATE_TEST_SUITE_P(
    OfThePythonClient, DefectTest,
    testing::Values(Found{PythonClient("one-recv"), "client/long-message",
                          "1,024 of its 100,000 bytes are shown"},
                    Found{PythonClient("decode-each-recv"), "client/split-echo",
                          "0 of its 56 bytes are shown: the client has ended: exit status 1"},
                    Found{PythonClient("decode-ignoring"), "client/split-echo", "bytes are shown"},
                    Found{PythonClient("empty-line"), "client/empty-line",
                          "it had sent nothing: there is no echo to wait for"},
                    Found{PythonClient("exit-shouted"), "client/exit",
                          "sends the word like any other line"},
                    Found{PythonClient("end-uncaught"), "client/end-of-input", "exit status 1"},
                    Found{PythonClient("end-forgotten"), "client/end-of-input",
                          "it goes on, and prints without end: "},
                    Found{PythonClient("left-is-empty"), "client/server-closes",
                          "it says nothing of that, and goes on"},
                    Found{PythonClient("refused-swallowed"), "client/refused", "exit status 0"}));

TEST(RoundTripTest, FailsOnOneThatNeverConnectsAndSaysSo) {
  EXPECT_THAT(VerdictOf("client/round-trip", {"/bin/sh", "-c", "read line; sleep 60", "{port}"}),
              FailsSaying("it never connected: "));
}

TEST(RoundTripTest, FailsOnOneThatSendsNothing) {
  EXPECT_THAT(VerdictOf("client/round-trip", Lines("input(); time.sleep(60)")),
              FailsSaying("it sent nothing: "));
}

TEST(RoundTripTest, ShowsTheOutputOfOneThatDies) {
  const Outcome outcome = VerdictOf("client/round-trip", Lines("raise ValueError('no luck')"));
  EXPECT_THAT(outcome, FailsSaying("exit status 1"));
  EXPECT_THAT(outcome.server_output, HasSubstr("ValueError: no luck"));
}

TEST(RoundTripTest, PassesOnOneThatPrintsWhatItSendsAsWell) {
  EXPECT_THAT(VerdictOf("client/round-trip", Lines(R"(
for line in sys.stdin:
    print('sending', line, end='')
    server.sendall(line.encode())
    print('received', server.recv(100).decode(), end=''))")),
              Passes());
}

// The echo does not hurry, and nor does this client.
TEST(RoundTripTest, PassesOnASlowOne) {
  EXPECT_THAT(VerdictOf("client/round-trip", Lines(R"(
for line in sys.stdin:
    server.sendall(line.encode())
    time.sleep(0.4)
    print(server.recv(100).decode(), end=''))")),
              Passes());
}

TEST(EmptyLineTest, PassesOnOneThatTakesItForTheEndAndNotesThat) {
  const Outcome outcome = VerdictOf("client/empty-line", Lines(R"(
while line := input():
    server.sendall(line.encode())
    print(server.recv(100).decode()))"));
  EXPECT_THAT(outcome, Passes());
  EXPECT_THAT(outcome.steps, Contains(HasSubstr("takes the empty line for the end")));
}

TEST(ExitTest, PassesOnOneThatSendsTheWordFirst) {
  EXPECT_THAT(VerdictOf("client/exit", Lines(R"(
for line in sys.stdin:
    server.sendall(line.encode())
    print(server.recv(100).decode())
    if line == 'exit\n': break)")),
              Passes());
}

TEST(ServerClosesTest, FailsOnOneThatSigpipeKills) {
  EXPECT_THAT(VerdictOf("client/server-closes", Lines(R"(
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
for line in sys.stdin:
    server.sendall(line.encode())
    print(server.recv(100))
    server.sendall(b'and more'); time.sleep(.1)
    server.sendall(b'and more'))")),
              FailsSaying("SIGPIPE"));
}

TEST(ServerClosesTest, FailsOnOneThatSaysSoWithoutEnd) {
  EXPECT_THAT(VerdictOf("client/server-closes", Lines(R"(
server.sendall(input().encode())
while True:
    print(server.recv(100) or 'the server has closed'))")),
              FailsSaying("without end"));
}

TEST(ServerClosesTest, PassesOnOneThatSaysSoAndWaitsForTheUser) {
  EXPECT_THAT(VerdictOf("client/server-closes", Lines(R"(
for line in sys.stdin:
    server.sendall(line.encode())
    print(server.recv(100).decode() or 'the server has closed'))")),
              Passes());
}

TEST(RefusedTest, PassesOnOneThatTriesAgainForAWhile) {
  EXPECT_THAT(VerdictOf("client/refused", {"/usr/bin/python3", "-c", R"(
import os, socket, sys, time
for attempt in range(4):
    try:
        socket.create_connection((os.environ['HOST'], int(os.environ['PORT'])))
    except ConnectionRefusedError:
        time.sleep(0.5)
sys.exit('nobody answers'))"}),
              Passes());
}

// It is a message, and the status is not 0: that it could be kinder is no failure.
TEST(RefusedTest, PassesOnATraceback) {
  EXPECT_THAT(VerdictOf("client/refused", Lines("")), Passes());
}

TEST(RefusedTest, FailsOnOneThatNeverGivesUp) {
  EXPECT_THAT(VerdictOf("client/refused", {"/bin/sh", "-c", "exec sleep 1000"}),
              FailsSaying("it goes on: "));
}

}  // namespace
}  // namespace eagain::checks
