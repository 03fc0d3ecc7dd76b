#include "eagain/servers/registry.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace eagain {
namespace {

TEST(RegistryTest, EachStrategyIsFoundByItsName) {
  std::set<std::string_view> names;
  for (const Strategy& strategy : Strategies()) {
    EXPECT_TRUE(names.insert(strategy.name).second) << strategy.name << " is there twice";
    EXPECT_EQ(FindStrategy(strategy.name), &strategy);
    EXPECT_FALSE(strategy.summary.empty()) << strategy.name;
    for (const DeclaredLimit& limit : strategy.limits) {
      EXPECT_NE(limit.checks.find('/'), std::string_view::npos) << limit.checks;
      EXPECT_FALSE(limit.reason.empty()) << limit.checks;
    }
  }
  for (const std::string_view name : {"blocking", "busy-poll", "select", "poll", "epoll",
                                      "epoll-et", "threads", "processes", "io_uring", "reactors"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(RegistryTest, AnUnknownNameIsNothing) {
  EXPECT_EQ(FindStrategy("epool"), nullptr);
  EXPECT_EQ(FindStrategy(""), nullptr);
}

}  // namespace
}  // namespace eagain
