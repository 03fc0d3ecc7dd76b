// A client under test: what it is given, what it shows, and the server that the harness is to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "eagain/driver/harness_server.h"
#include "eagain/driver/proc_stats.h"
#include "fixture.h"

namespace eagain::driver {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ClientProcessTest : public DriverTest {
 protected:
  ServerProcess& launch_client(ServerCommand command) {
    command.is_client = true;
    command.fixed_port = harness_.port();
    return launch(std::move(command));
  }
  ServerProcess& launch_python(std::string_view lines) { return launch_client(python(lines)); }
  void wait_until_shown(std::string_view text) {
    wait_for([this, text] { return server().shown().find(text) != std::string::npos; });
  }

  HarnessServer harness_{io_, patience_, transcript_, 0};
};

constexpr std::string_view kConnect = R"(
import socket, sys
server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
)";

TEST_F(ClientProcessTest, HostAndPortAreInItsArgumentsAndInItsEnvironment) {
  ServerCommand command;
  command.argv = {"/bin/sh", "-c", "echo $1 $HOST:$PORT", "sh", "{host}:{port}"};
  launch_client(command);
  const std::string address = "127.0.0.1:" + std::to_string(harness_.port());
  EXPECT_EQ(output_at_end(), address + " " + address + "\n");
}

TEST_F(ClientProcessTest, OnlyAClientIsToldAHost) {
  ServerCommand command;
  command.argv = {"/bin/echo", "{host}"};
  launch(command);
  EXPECT_EQ(output_at_end(), "{host}\n");
}

TEST_F(ClientProcessTest, ALineIsShownAtOnceThoughTheProgramBuffersWhatGoesIntoAPipe) {
  launch_python("print('a line'); input()");
  wait_until_shown("a line\n");
  EXPECT_FALSE(server().ended());
}

TEST_F(ClientProcessTest, WhatItHasWrittenCanBeReadBeforeThatIsAnnounced) {
  launch_python("print('a line'); input()");
  const std::vector<std::string> typing = {"read(0)"};
  for (int look = 0; look < 5000 && BlockedIn(server().pid()) != typing; ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  server().read_on();
  EXPECT_EQ(server().shown(), "a line\n");
}

TEST_F(ClientProcessTest, NothingIsChangedInWhatItShows) {
  launch_python("import os; os.write(1, bytes(range(256)) + b'\\n\\r\\n')");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  EXPECT_EQ(output_at_end(), all + "\n\r\n");
}

TEST_F(ClientProcessTest, ALineLongerThanAPipeIsTypedAsItIsRead) {
  launch_python("print(len(input()))");
  std::string line = std::string(200'000, 'x') + "\n";
  wait_for([&] {
    line.erase(0, server().type_now(line).value());
    return line.empty();
  });
  wait_until_shown("200000\n");
}

TEST_F(ClientProcessTest, TheInputEndsWhenItIsEnded) {
  launch_python("import sys; print(sys.stdin.read().upper(), 'and no more')");
  server().type_now("some words");
  server().end_input();
  EXPECT_EQ(output_at_end(), "SOME WORDS and no more\n");
}

TEST_F(ClientProcessTest, NobodyIsHarmedWhenItReadsNoMore) {
  launch_python("import os, time; os.close(0); print('closed'); time.sleep(60)");
  wait_until_shown("closed");
  EXPECT_EQ(server().type_now("words\n"), std::nullopt);
}

TEST_F(ClientProcessTest, WhatItSendsComesBack) {
  launch_python(std::string(kConnect) +
                "server.sendall(b'ping')\nprint(server.recv(100).decode())\ninput()");
  wait_until_shown("ping\n");
  EXPECT_EQ(harness_.received(), "ping");
  EXPECT_EQ(harness_.connections(), 1);
}

TEST_F(ClientProcessTest, AnEchoIsKeptUntilItIsReleased) {
  harness_.hold();
  launch_python(std::string(kConnect) + R"(
server.sendall(b'one two')
while (data := server.recv(100)):
    print('got', data.decode()))");
  wait_for([this] { return harness_.held() == "one two"; });
  run([this]() -> asio::awaitable<void> { co_await patience_.settled(); });
  EXPECT_EQ(server().shown(), "");
  harness_.echo(3);
  wait_until_shown("got one\n");
  harness_.release();
  wait_until_shown("got  two\n");
}

TEST_F(ClientProcessTest, WhatLiesUnreadIsCounted) {
  launch_python(std::string(kConnect) + R"(
server.sendall(b'x' * 100)
print('read', len(server.recv(30, socket.MSG_WAITALL)))
print('read', len(server.recv(int(input()), socket.MSG_WAITALL)))
input())");
  wait_until_shown("read 30\n");
  wait_for([this] { return harness_.unread() == 70; });
  server().type_now("70\n");
  wait_until_shown("read 70\n");
  EXPECT_EQ(harness_.unread(), 0U);
}

TEST_F(ClientProcessTest, AClientThatHasSentItsLastGetsItsEchoAndThenTheEnd) {
  launch_python(std::string(kConnect) + R"(
server.sendall(b'x' * 1000000)
server.shutdown(socket.SHUT_WR)
count = 0
while (data := server.recv(65536)):
    count += len(data)
print(count))");
  EXPECT_EQ(output_at_end(), "1000000\n");
}

TEST_F(ClientProcessTest, AServerThatLeavesIsTheEndOfTheStreamAndThenRefuses) {
  launch_python(std::string(kConnect) + R"(
print('there', server.recv(100))
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])))
except ConnectionRefusedError:
    print('refused'))");
  wait_for([this] { return harness_.connections() == 1; });
  harness_.leave();
  EXPECT_EQ(output_at_end(), "there b''\nrefused\n");
}

TEST_F(ClientProcessTest, APortThatRefusesIsNobodyElses) {
  const RefusingPort nobody(io_, 0);
  ServerCommand command = python(
      "import socket, sys; socket.create_connection(('127.0.0.1', "
      "int(sys.argv[1])))");
  command.is_client = true;
  command.fixed_port = nobody.port();
  launch(command);
  EXPECT_THAT(output_at_end(), HasSubstr("ConnectionRefusedError"));
}

TEST_F(ClientProcessTest, ItIsCalledAClientWhenItStandsStill) {
  launch_python(std::string(kConnect) + "server.recv(1)");
  wait_for([this] { return harness_.connections() == 1; });
  std::string why;
  run([&]() -> asio::awaitable<void> { co_await patience_.until([] { return false; }, &why); });
  EXPECT_THAT(why, HasSubstr("; the client sleeps in recv(3)"));
}

}  // namespace
}  // namespace eagain::driver
