// What every strategy does, on real sockets.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>

#include "running_server.h"

namespace eagain {
namespace {

std::string RandomBytes(size_t count) {
  std::mt19937 random(1);
  std::string bytes(count, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random());
  }
  return bytes;
}

std::string NameOf(const testing::TestParamInfo<Strategy>& info) {
  std::string name(info.param.name);
  std::erase_if(name, [](char c) { return isalnum(c) == 0; });
  return name;
}

class EveryStrategyTest : public testing::TestWithParam<Strategy> {
 protected:
  std::string_view strategy() const { return GetParam().name; }
};

TEST_P(EveryStrategyTest, EchoesInTurn) {
  RunningServer server(strategy());
  Client client(server.port());
  for (const size_t size : {1, 2, 1024, 65535, 65536, 65537, 1}) {
    const std::string bytes = RandomBytes(size);
    EXPECT_EQ(client.echo(bytes), bytes);
  }
}

TEST_P(EveryStrategyTest, EchoesWhatIsWrittenAndReadAtTheSameTime) {
  RunningServer server(strategy());
  Client client(server.port());
  const std::string bytes = RandomBytes(8 << 20);
  std::thread sender([&] {
    client.send(bytes);
    client.end_sending();
  });
  EXPECT_TRUE(client.receive_until_end() == bytes);
  sender.join();
}

TEST_P(EveryStrategyTest, ServesOneClientAfterTheOther) {
  RunningServer server(strategy());
  for (int i = 0; i < 20; ++i) {
    Client client(server.port());
    EXPECT_EQ(client.echo("hello"), "hello");
    client.end_sending();
    EXPECT_TRUE(client.at_end());
  }
}

TEST_P(EveryStrategyTest, FlushesAHalfClosedClientThatReadsLate) {
  RunningServer server(strategy());
  Client client(server.port(), Client::Window::kTiny);
  const std::string bytes = RandomBytes(65521);
  const size_t sent = client.send_until_stalled(bytes);
  client.end_sending();
  std::string expected;
  while (expected.size() < sent) {
    expected += bytes.substr(0, sent - expected.size());
  }
  EXPECT_TRUE(client.receive_until_end() == expected);
}

TEST_P(EveryStrategyTest, SurvivesResets) {
  RunningServer server(strategy());
  for (int i = 0; i < 20; ++i) {
    Client client(server.port());
    client.send(std::string(60000, 'x'));
    client.reset();
  }
  Client client(server.port());
  EXPECT_EQ(client.echo("alive"), "alive");
}

TEST_P(EveryStrategyTest, StopsWithAClientConnectedAndTellsIt) {
  RunningServer server(strategy());
  Client client(server.port());
  EXPECT_EQ(client.echo("hello"), "hello");
  server.stop();
  EXPECT_TRUE(client.at_end());
}

TEST_P(EveryStrategyTest, StopsWithAClientThatDoesNotRead) {
  ServerOptions options;
  options.drain_ms = 50;
  RunningServer server(strategy(), options);
  Client client(server.port(), Client::Window::kTiny);
  client.send_until_stalled(std::string(10000, 'x'));
  server.stop();
}

TEST_P(EveryStrategyTest, StopsBeforeAnybodyCame) {
  RunningServer server(strategy());
  server.stop();
}

INSTANTIATE_TEST_SUITE_P(All, EveryStrategyTest, testing::ValuesIn(Strategies()), NameOf);

}  // namespace
}  // namespace eagain
