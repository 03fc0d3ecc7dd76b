// The verbs serve, client and trigger, run as a user runs them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "eagain/net/address.h"
#include "program.h"

namespace eagain {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class CommandLineTest : public testing::Test {
 protected:
  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), EAGAIN_PROGRAM);
    return arguments;
  }

  // The port that "listening on HOST:PORT" tells.
  static std::string port_of(const std::string& line) { return line.substr(line.rfind(':') + 1); }
};

class ServeTest : public CommandLineTest, public testing::WithParamInterface<const char*> {};

TEST_P(ServeTest, SaysWhereItListensEchoesAndStopsWithStatus0) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program server(command({"serve", GetParam()}));
    const std::string line = server.read_line();
    ASSERT_THAT(line, StartsWith("listening on 127.0.0.1:"));
    Program client(command({"client", port_of(line)}));
    client.type("hello\nworld\nexit\n");
    EXPECT_EQ(client.read_line(), "hello");
    EXPECT_EQ(client.read_line(), "world");
    EXPECT_EQ(client.wait(), 0);
    server.signal(signal);
    EXPECT_EQ(server.wait(), 0);
    EXPECT_EQ(server.output(), "");
    EXPECT_EQ(server.errors(), "");
  }
}

TEST_P(ServeTest, StopsWithStatus0WhileAClientIsConnectedAndTheClientSaysSo) {
  Program server(command({"serve", GetParam()}));
  Program client(command({"client", "localhost", port_of(server.read_line())}));
  client.type("hello\n");
  EXPECT_EQ(client.read_line(), "hello");
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  EXPECT_EQ(client.wait(), 1);
  EXPECT_THAT(client.errors(), HasSubstr("the server has closed the connection"));
}

INSTANTIATE_TEST_SUITE_P(Strategies, ServeTest,
                         testing::Values("blocking", "busy-poll", "select", "poll", "epoll",
                                         "epoll-et", "threads", "processes", "io_uring",
                                         "reactors"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

// Each loop has an epoll instance of its own, from before it says that it listens.
int LoopsOf(pid_t pid) {
  int loops = 0;
  for (const auto& fd :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code closed;
    loops += std::filesystem::read_symlink(fd.path(), closed) == "anon_inode:[eventpoll]" ? 1 : 0;
  }
  return loops;
}

using ServeReactorsTest = CommandLineTest;

TEST_F(ServeReactorsTest, HasAsManyLoopsAsItIsTold) {
  for (const int loops : {1, 3}) {
    Program server(command({"serve", "reactors", "--loops", std::to_string(loops)}));
    const std::string line = server.read_line();
    ASSERT_THAT(line, StartsWith("listening on "));
    EXPECT_EQ(LoopsOf(server.pid()), loops);
    Program client(command({"client", port_of(line)}));
    client.type("hello\nexit\n");
    EXPECT_EQ(client.read_line(), "hello");
    EXPECT_EQ(client.wait(), 0);
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0);
  }
}

TEST_F(ServeReactorsTest, RefusesLoopsThatAreNoNumberOrTooMany) {
  for (const char* loops : {"many", "-1", "1025"}) {
    Program server(command({"serve", "reactors", "--loops", loops}));
    EXPECT_EQ(server.wait(), 2);
    EXPECT_EQ(server.output(), "");
    EXPECT_THAT(server.errors(), AllOf(StartsWith("eagain: "), HasSubstr("--loops")));
    EXPECT_EQ(std::ranges::count(server.errors(), '\n'), 1);
  }
}

using ServeRefusalTest = CommandLineTest;

TEST_F(ServeRefusalTest, AnUnknownStrategyIsOneLineWithAllNames) {
  Program server(command({"serve", "epool"}));
  EXPECT_EQ(server.wait(), 2);
  EXPECT_EQ(server.output(), "");
  EXPECT_THAT(server.errors(), AllOf(HasSubstr("\"epool\""), HasSubstr(" epoll"),
                                     HasSubstr(" epoll-et"), HasSubstr(" blocking")));
  EXPECT_EQ(std::ranges::count(server.errors(), '\n'), 1);
}

TEST_F(ServeRefusalTest, APortInUseIsOneLineThatNamesIt) {
  Program first(command({"serve", "epoll"}));
  const std::string port = port_of(first.read_line());
  Program second(command({"serve", "select", "--port", port}));
  EXPECT_EQ(second.wait(), 1);
  EXPECT_EQ(second.output(), "");
  EXPECT_THAT(second.errors(),
              AllOf(HasSubstr("127.0.0.1:" + port), HasSubstr("EADDRINUSE"), HasSubstr("--port")));
  EXPECT_EQ(std::ranges::count(second.errors(), '\n'), 1);
}

TEST_F(ServeRefusalTest, AHostThatIsNoAddressOrNotOursIsNamed) {
  Program no_address(command({"serve", "epoll", "--host", "example.org"}));
  EXPECT_EQ(no_address.wait(), 2);
  EXPECT_THAT(no_address.errors(), HasSubstr("example.org"));
  Program not_ours(command({"serve", "epoll", "--host", "203.0.113.1"}));
  EXPECT_EQ(not_ours.wait(), 1);
  EXPECT_THAT(not_ours.errors(), AllOf(HasSubstr("203.0.113.1"), HasSubstr("--host")));
}

TEST_F(ServeRefusalTest, BadUsageIsStatus2) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"serve"},
                                                    {"serve", "epoll", "--port", "99999"},
                                                    {"serve", "epoll", "--log", "loud"},
                                                    {"client"},
                                                    {"client", "a", "b", "c"},
                                                    {"client", "port"},
                                                    {"client", "0"},
                                                    {"trigger"},
                                                    {"trigger", "both"},
                                                    {"trigger", "edge", "--seconds", "-1"}}) {
    Program program(command(arguments));
    EXPECT_EQ(program.wait(), 2) << testing::PrintToString(arguments);
    EXPECT_NE(program.errors(), "");
  }
}

TEST_F(ServeRefusalTest, IPv6AddressesAreWrittenInBrackets) {
  Program server(command({"serve", "epoll", "--host", "::1"}));
  const std::string line = server.read_line();
  if (line.empty()) {
    GTEST_SKIP() << "no IPv6 here";
  }
  EXPECT_THAT(line, StartsWith("listening on [::1]:"));
  Program client(command({"client", "::1", port_of(line)}));
  client.type("hello\n");
  client.end_input();
  EXPECT_EQ(client.wait(), 0);
  EXPECT_EQ(client.output(), "hello\n");
}

TEST_F(ServeRefusalTest, ADebugLogTellsOfClients) {
  Program server(command({"serve", "epoll", "--log", "debug"}));
  Program client(command({"client", port_of(server.read_line())}));
  client.type("hello\nexit\n");
  EXPECT_EQ(client.wait(), 0);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  EXPECT_THAT(server.errors(), HasSubstr("connected"));
}

using ClientTest = CommandLineTest;

TEST_F(ClientTest, WithoutAServerItSaysWhereAndWhy) {
  // Bound and not listening: nobody else can get this port, and nobody answers on it.
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Address address = *ParseAddress("127.0.0.1", 0);
  ASSERT_EQ(::bind(fd, address.get(), address.length), 0);
  ASSERT_EQ(::getsockname(fd, address.get(), &address.length), 0);
  Program client(command({"client", std::to_string(PortOf(address))}));
  EXPECT_EQ(client.wait(), 1);
  EXPECT_THAT(client.errors(), AllOf(HasSubstr(ToString(address)), HasSubstr("ECONNREFUSED")));
  ::close(fd);
}

using TriggerTest = CommandLineTest;

// The count in "... told N times in ...".
long long Count(const std::string& output) {
  const size_t told = output.rfind("told ");
  return told == std::string::npos ? -1 : std::stoll(output.substr(told + 5));
}

TEST_F(TriggerTest, LevelTellsAgainAndAgainAndEdgeOnce) {
  Program level(command({"trigger", "level", "--seconds", "0.7"}));
  Program edge(command({"trigger", "edge", "--seconds", "0.7"}));
  EXPECT_EQ(level.wait(), 0);
  EXPECT_EQ(edge.wait(), 0);
  EXPECT_GT(Count(level.output()), 1000);
  EXPECT_EQ(Count(edge.output()), 1);
  // The heading, one running count, the end.
  EXPECT_EQ(std::ranges::count(edge.output(), '\n'), 3) << edge.output();
}

TEST_F(TriggerTest, InterruptedItEndsWithTheCounts) {
  for (const std::string kind : {"level", "edge"}) {
    Program trigger(command({"trigger", kind}));
    EXPECT_NE(trigger.read_line(), "");
    EXPECT_THAT(trigger.read_line(), HasSubstr(" s: told "));
    trigger.signal(SIGINT);
    EXPECT_EQ(trigger.wait(), 0);
    EXPECT_THAT(trigger.output(), HasSubstr(kind + "-triggered: told "));
  }
}

}  // namespace
}  // namespace eagain
