// Whole runs, as short as they can be: what they count is right on any machine; how fast it went is
// nobody's business here.
#include "eagain/bench/bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "eagain/bench/call_counter.h"
#include "eagain/driver/failure.h"

namespace eagain::bench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Contender Named(std::string name, std::vector<std::string> argv) {
  Contender contender;
  contender.name = std::move(name);
  contender.command.argv = std::move(argv);
  return contender;
}

Contender Strategy(const std::string& name) {
  return Named(name, {EAGAIN_PROGRAM, "serve", name, "--port", "{port}"});
}

// Of one client after the other; `reply` is an expression of what came: `data`.
Contender Python(const std::string& reply) {
  return Named("python", {"/usr/bin/python3", "-c",
                          "import socket, sys\n"
                          "listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
                          "while True:\n"
                          "    client, _ = listener.accept()\n"
                          "    while data := client.recv(65536):\n"
                          "        client.sendall(" +
                              reply + ")\n",
                          "{port}"});
}

struct Turns : Observer {
  void turn(const Contender& contender, const Measure& /*measure*/, size_t done,
            size_t total) override {
    names.push_back(contender.name);
    last_done = done;
    last_total = total;
    if (stop != nullptr && names.size() == stop_after) {
      *stop = true;
    }
  }

  std::vector<std::string> names;
  size_t last_done = 0;
  size_t last_total = 0;
  std::atomic<bool>* stop = nullptr;
  size_t stop_after = 0;
};

BenchOptions Options(std::vector<Contender> contenders, std::vector<Measure> measures) {
  BenchOptions options;
  options.contenders = std::move(contenders);
  options.measures = std::move(measures);
  options.cpus = ChooseCpus({}, {});
  options.slice = std::chrono::milliseconds(20);
  options.patience = std::chrono::seconds(60);  // the machine may be busy with other tests
  return options;
}

BenchResult RunAll(const BenchOptions& options) {
  Turns turns;
  const std::atomic<bool> stop = false;
  return bench::Run(options, turns, stop);
}

TEST(BenchTest, EveryServerHasItsTurnInEveryRoundInOneOrderAndThenInTheOther) {
  Turns turns;
  const std::atomic<bool> stop = false;
  const BenchResult result =
      bench::Run(Options({Strategy("epoll"), Strategy("poll")},
                         {{.kind = Kind::kControl, .shape = {.clients = 2}},
                          {.kind = Kind::kRate, .shape = {.clients = 2}, .rounds = 2}}),
                 turns, stop);
  EXPECT_THAT(turns.names,
              testing::ElementsAre("epoll", "epoll", "epoll", "poll", "poll", "epoll"));
  EXPECT_EQ(turns.last_done, 5);
  EXPECT_EQ(turns.last_total, 6);
  const MeasureResult& rate = result.measures[1];
  for (const Series& series : rate.series) {
    EXPECT_EQ(series.trouble, "");
    ASSERT_THAT(series.samples, SizeIs(2));
    for (const Sample& sample : series.samples) {
      EXPECT_GT(sample.load.round_trips, 0);
      EXPECT_EQ(sample.load.latency.count(), sample.load.round_trips);
      EXPECT_GE(sample.load.bytes, sample.load.round_trips * 64);
      EXPECT_GT(sample.load.server.cpu.count(), 0);
      EXPECT_GT(sample.load.load_cpu.count(), 0);
    }
  }
  EXPECT_EQ(RatioOf(rate.series[0], rate.series[1], PerSecond).count, 2);
  EXPECT_FALSE(result.interrupted);
  EXPECT_FALSE(result.out_of_time);
}

TEST(BenchTest, MessagesInFlightComeBackWhole) {
  const BenchResult result =
      RunAll(Options({Strategy("epoll")},
                     {{.kind = Kind::kThroughput,
                       .shape = {.clients = 4, .message_bytes = 16 * 1024, .in_flight = 8}}}));
  const Series& series = result.measures[0].series[0];
  EXPECT_EQ(series.trouble, "");
  ASSERT_THAT(series.samples, SizeIs(1));
  const LoadResult& load = series.samples[0].load;
  EXPECT_GE(load.bytes, load.round_trips * 16 * 1024);
  // What is under way at the end is less than what may be.
  EXPECT_LE(load.bytes, (load.round_trips + 4 * 8) * 16 * 1024);
}

TEST(BenchTest, CallsOfAReadinessServerAreThreeARoundTrip) {
  if (const auto obstacle = CallCounter::why_not()) {
    GTEST_SKIP() << *obstacle;
  }
  const BenchResult result =
      RunAll(Options({Strategy("epoll")}, {{.kind = Kind::kCalls, .one_cpu = true}}));
  const Series& series = result.measures[0].series[0];
  ASSERT_THAT(series.samples, SizeIs(1));
  // A round trip that the end cuts off is served and not counted; then comes one more wait.
  EXPECT_NEAR(static_cast<double>(series.samples[0].load.server.calls),
              3.0 * static_cast<double>(series.samples[0].load.round_trips), 3.0 + 1.0);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsItsOwn = false;  // but the sanitizer's
#else
constexpr bool kMemoryIsItsOwn = true;
#endif

struct MemoryOf {
  std::string strategy;
  double untouched;  // bytes, at most
  double used;
};
void PrintTo(const MemoryOf& memory, std::ostream* os) { *os << memory.strategy; }

class MemoryTest : public testing::TestWithParam<MemoryOf> {};

TEST_P(MemoryTest, OfAnIdleClientIsWithinItsBound) {
  if (!kMemoryIsItsOwn) {
    GTEST_SKIP() << "a sanitizer has memory of its own for every allocation and thread";
  }
  constexpr int kClients = 600;
  const BenchResult result =
      RunAll(Options({Strategy(GetParam().strategy)},
                     {{.kind = Kind::kMemory, .shape = {.clients = 1, .idle = kClients}}}));
  const Series& series = result.measures[0].series[0];
  ASSERT_THAT(series.samples, SizeIs(1)) << series.trouble;
  EXPECT_EQ(series.samples[0].memory_clients, kClients);
  EXPECT_LE(series.samples[0].untouched_bytes, GetParam().untouched);
  EXPECT_LE(series.samples[0].used_bytes, GetParam().used);
}

// Whole pages, so with so few clients there is a little more to each than with ten thousand.
INSTANTIATE_TEST_SUITE_P(Strategies, MemoryTest,
                         testing::Values(MemoryOf{"epoll", 256, 384},
                                         MemoryOf{"io_uring", 1024, 1024},
                                         MemoryOf{"threads", 16 * 1024, 16 * 1024}),
                         [](const auto& test) { return test.param.strategy; });

TEST(BenchTest, ServerThatServesOneClientOnlyIsSaidToAndIsNotAskedAgain) {
  BenchOptions options = Options({Strategy("blocking")},
                                 {{.kind = Kind::kRate, .shape = {.clients = 2}, .rounds = 3}});
  options.patience = std::chrono::seconds(3);
  Turns turns;
  const std::atomic<bool> stop = false;
  const BenchResult result = bench::Run(options, turns, stop);
  EXPECT_THAT(result.measures[0].series[0].trouble, HasSubstr(" of 2 was not served"));
  EXPECT_THAT(result.measures[0].series[0].samples, IsEmpty());
  EXPECT_THAT(turns.names, SizeIs(1));
}

TEST(BenchTest, StopKeepsTheSamplesThatAreComplete) {
  std::atomic<bool> stop = false;
  Turns turns;
  turns.stop = &stop;
  turns.stop_after = 3;
  const BenchResult result = bench::Run(
      Options({Strategy("epoll")}, {{.kind = Kind::kRate, .rounds = 1000}}), turns, stop);
  EXPECT_TRUE(result.interrupted);
  EXPECT_THAT(result.measures[0].series[0].samples, SizeIs(2));
}

TEST(BenchTest, NoTurnBeginsOnceTheTimeIsOver) {
  BenchOptions options = Options({Strategy("epoll")}, {{.kind = Kind::kRate, .rounds = 1000}});
  options.time_limit = std::chrono::seconds(0);
  const BenchResult result = RunAll(options);
  EXPECT_TRUE(result.out_of_time);
  EXPECT_THAT(result.measures[0].series[0].samples, IsEmpty());
}

std::string WhyNotUsable(Contender contender) {
  const std::atomic<bool> stop = false;
  try {
    TryOut(Options({std::move(contender)}, {}), stop);
  } catch (const driver::Failure& failure) {
    return failure.expected() + ": " + failure.actual();
  }
  return "";
}

TEST(TryOutTest, SaysOfACommandThatEndsHowItEnded) {
  EXPECT_THAT(WhyNotUsable(Named("ends", {"/bin/sh", "-c", "exit 7"})),
              AllOf(HasSubstr("ends: "), HasSubstr("exit status 7")));
}

TEST(TryOutTest, SaysOfAServerThatEchoesSomethingElse) {
  EXPECT_EQ(WhyNotUsable(Python("data.upper()")), "python: something else than was sent came back");
}

TEST(TryOutTest, TakesAnEchoServer) { EXPECT_EQ(WhyNotUsable(Python("data")), ""); }

TEST(CpusTest, ServerAndLoadAreApartWhereTheyCanBe) {
  const Cpus cpus = ChooseCpus({}, {});
  EXPECT_EQ(cpus.apart(), AllowedCpus().size() > 1);
  EXPECT_EQ(ChooseCpus(AllowedCpus().back(), {}).apart(), AllowedCpus().size() > 1);
}

}  // namespace
}  // namespace eagain::bench
