// What every strategy does, on real sockets.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "running_server.h"
#include "strategy_names.h"

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

class EveryStrategyTest : public testing::TestWithParam<Strategy> {
 protected:
  std::string_view strategy() const { return GetParam().name; }
};

TEST_P(EveryStrategyTest, TellsWhereItListens) {
  RunningServer server(strategy());
  EXPECT_EQ(server.server().address(), "127.0.0.1:" + std::to_string(server.port()));
}

TEST_P(EveryStrategyTest, EchoesInTurn) {
  RunningServer server(strategy());
  Client client(server.port());
  for (const size_t size : {1U, 2U, 1024U, 65535U, 65536U, 65537U, 1U}) {
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

INSTANTIATE_TEST_SUITE_P(All, EveryStrategyTest, testing::ValuesIn(Strategies()), NameOfStrategy);

// What every strategy does that serves more than one client at a time.
std::vector<Strategy> Concurrent() {
  std::vector<Strategy> concurrent;
  std::ranges::copy_if(Strategies(), std::back_inserter(concurrent),
                       [](const Strategy& strategy) { return strategy.name != "blocking"; });
  return concurrent;
}

using ConcurrentStrategyTest = EveryStrategyTest;

TEST_P(ConcurrentStrategyTest, ServesTheSecondWhileTheFirstIsIdle) {
  RunningServer server(strategy());
  Client first(server.port());
  Client second(server.port());
  EXPECT_EQ(second.echo("second"), "second");
  EXPECT_EQ(first.echo("first"), "first");
}

TEST_P(ConcurrentStrategyTest, ServesOthersWhileOneDoesNotRead) {
  RunningServer server(strategy());
  Client stalled(server.port(), Client::Window::kTiny);
  const std::string bytes = RandomBytes(65521);
  const size_t sent = stalled.send_until_stalled(bytes);
  Client other(server.port());
  EXPECT_EQ(other.echo("other"), "other");
  std::string expected;
  while (expected.size() < sent) {
    expected += bytes.substr(0, sent - expected.size());
  }
  EXPECT_TRUE(stalled.receive(sent) == expected);
  EXPECT_EQ(stalled.echo("again"), "again");
}

// All have something to say when it begins.
TEST_P(ConcurrentStrategyTest, ServesManyEachItsOwn) {
  RunningServer server(strategy(), {}, RunningServer::Start::kLater);
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(server.port());
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i].send("client " + std::to_string(1000 + i));
  }
  server.start();
  for (size_t i = 0; i < clients.size(); ++i) {
    EXPECT_EQ(clients[i].receive(11), "client " + std::to_string(1000 + i));
  }
}

TEST_P(ConcurrentStrategyTest, AnswersAQuietClientWhileOthersFlood) {
  RunningServer server(strategy());
  std::atomic<bool> over = false;
  std::thread flood([&] {
    Client client(server.port());
    const std::string bytes(65536, 'f');
    std::thread reader([&] { client.receive_until_end(); });
    while (!over) {
      client.send(bytes);
    }
    client.end_sending();
    reader.join();
  });
  Client quiet(server.port());
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(quiet.echo("quiet"), "quiet");
  }
  Client newcomer(server.port());
  EXPECT_EQ(newcomer.echo("newcomer"), "newcomer");
  over = true;
  flood.join();
}

INSTANTIATE_TEST_SUITE_P(All, ConcurrentStrategyTest, testing::ValuesIn(Concurrent()),
                         NameOfStrategy);

}  // namespace
}  // namespace eagain
