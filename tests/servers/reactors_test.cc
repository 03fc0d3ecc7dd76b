#include "eagain/servers/reactors.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "eagain/servers/epoll_poller.h"
#include "eagain/support/scripted_kernel.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"
#include "running_server.h"

namespace eagain {
namespace {

using testing::_;
using testing::Return;

TEST(LoopExchangeTest, ANewcomerGoesToTheLoopWithTheFewestClientsOrStays) {
  KernelSys sys;
  LoopExchange exchange(sys, 2);
  const auto newcomer = [&sys] { return UniqueFd(sys, *sys.eventfd(0, 0)); };
  EXPECT_TRUE(exchange.place(0, newcomer())) << "nobody has any: it stays";
  EXPECT_FALSE(exchange.place(0, newcomer()));
  EXPECT_TRUE(exchange.place(0, newcomer()));
  EXPECT_FALSE(exchange.place(0, newcomer()));
  exchange.left(0);
  exchange.left(0);
  EXPECT_FALSE(exchange.place(1, newcomer()));
}

TEST(LoopExchangeTest, WhoIsPassedOnIsToldAndCollectedOnce) {
  KernelSys sys;
  LoopExchange exchange(sys, 2);
  exchange.place(0, UniqueFd(sys, *sys.eventfd(0, 0)));
  UniqueFd second(sys, *sys.eventfd(0, 0));
  const int number = second.get();
  exchange.place(0, std::move(second));
  pollfd inbox{.fd = exchange.inbox_fd(1), .events = POLLIN, .revents = 0};
  EXPECT_EQ(*sys.poll(&inbox, 1, 0), 1);
  const std::vector<UniqueFd> collected = exchange.collect(1);
  ASSERT_EQ(collected.size(), 1u);
  EXPECT_EQ(collected.front().get(), number);
  EXPECT_EQ(*sys.poll(&inbox, 1, 0), 0);
  EXPECT_TRUE(exchange.collect(1).empty());
}

ServerOptions Loops(size_t count) {
  ServerOptions options;
  options.loops = count;
  return options;
}

TEST(ReactorsTest, ClientsOfAllLoopsAreServed) {
  RunningServer server("reactors", Loops(3));
  std::vector<Client> clients;
  for (int i = 0; i < 30; ++i) {
    clients.emplace_back(server.port());
  }
  for (Client& client : clients) {
    EXPECT_EQ(client.echo("hello"), "hello");
  }
}

TEST(ReactorsTest, ASecondServerIsRefusedThePortThatTheLoopsShare) {
  RunningServer server("reactors", Loops(2));
  ServerOptions second = Loops(2);
  second.port = server.port();
  KernelSys sys;
  try {
    ReactorsServer(sys, second);
    ADD_FAILURE() << "it listens";
  } catch (const SysError& error) {
    EXPECT_EQ(error.error(), EADDRINUSE);
  }
}

TEST(ReactorsTest, OneLoopForEachCoreUnlessSaidOtherwise) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, listen(_, _)).Times(static_cast<int>(std::thread::hardware_concurrency()));
  ReactorsServer(kernel, Loops(0));
}

TEST(ReactorsTest, WithoutAThreadForALoopItStopsAndSaysSo) {
  ScriptedKernel kernel;
  Stop stop(kernel);
  ReactorsServer server(kernel, Loops(3));
  std::vector<std::function<void()>> bodies;
  EXPECT_CALL(kernel, spawn)
      .WillOnce([&](size_t, std::function<void()> body) {
        bodies.push_back(std::move(body));
        return Ok(uint64_t{7});
      })
      .WillOnce(Return(Fail(EAGAIN)));
  EXPECT_CALL(kernel, join(7)).WillOnce([&](uint64_t) {
    bodies.front()();
    return Ok();
  });
  EXPECT_THROW(server.run(stop), SysError);
  EXPECT_TRUE(stop.requested());
}

TEST(ReactorsTest, ALoopThatCannotGoOnEndsTheServer) {
  ScriptedKernel kernel;
  Stop stop(kernel);
  ReactorsServer server(kernel, Loops(2));
  EXPECT_CALL(kernel, epoll_wait).WillRepeatedly(Return(Fail(EINVAL)));
  EXPECT_THROW(server.run(stop), SysError);
}

TEST(ReactorsTest, AnInboxThatCannotBeWatchedEndsTheServer) {
  ScriptedKernel kernel;
  Stop stop(kernel);
  ReactorsServer server(kernel, Loops(1));
  EXPECT_CALL(kernel, epoll_ctl).WillOnce(testing::DoDefault()).WillOnce(Return(Fail(ENOSPC)));
  EXPECT_THROW(server.run(stop), SysError);
}

TEST(ReactorsTest, WhoIsPassedOnAndCannotBeWatchedIsRefused) {
  constexpr int kInbox = 30;
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, eventfd).WillOnce(testing::DoDefault()).WillRepeatedly(Return(Ok(kInbox)));
  EXPECT_CALL(kernel, read(kInbox, _, _)).WillRepeatedly(Return(Ok(sizeof(uint64_t))));
  Stop stop(kernel);
  LoopExchange exchange(kernel, 2);
  Reactor reactor(kernel, {}, std::make_unique<EpollPoller>(kernel),
                  {.exchange = &exchange, .loop = 1});
  exchange.place(0, UniqueFd(kernel, 10));
  EXPECT_FALSE(exchange.place(0, UniqueFd(kernel, 11)));
  kernel.epoll_ctl_fails(EPOLL_CTL_ADD, 11, ENOSPC);
  kernel.wait_answers({{kInbox, EPOLLIN}});
  kernel.request_at_end(stop);
  reactor.run(stop);
  EXPECT_TRUE(kernel.closed(11));
  EXPECT_FALSE(exchange.place(0, UniqueFd(kernel, 12))) << "the refused one still counts";
}

}  // namespace
}  // namespace eagain
