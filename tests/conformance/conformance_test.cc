// Every strategy meets the whole catalogue, except for what it declares that it cannot; and what it
// declares, it really cannot.
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "eagain/runner/selection.h"
#include "eagain/servers/registry.h"
#include "program.h"

namespace eagain {
namespace {

using nlohmann::json;

class ConformanceTest : public testing::TestWithParam<std::string_view> {
 protected:
  static const Strategy& strategy() { return *FindStrategy(GetParam()); }

  // The limit that excuses this check, if there is one.
  static const DeclaredLimit* excuse(const std::string& id) {
    const auto limits = strategy().limits;
    const auto found = std::find_if(limits.begin(), limits.end(), [&](const DeclaredLimit& limit) {
      return limit.effect == DeclaredLimit::Effect::kExcuses && runner::Matches(limit.checks, id);
    });
    return found == limits.end() ? nullptr : &*found;
  }

  static void expect_conforms(const json& check) {
    const std::string id = check.at("id");
    const std::string verdict = check.at("verdict");
    const std::string skip_kind = check.value("skip_kind", "");
    if (excuse(id) != nullptr) {
      EXPECT_TRUE(skip_kind == "by-design" || skip_kind == "not-applicable")
          << id << " ended in " << verdict
          << ", although the strategy cannot meet it: " << excuse(id)->reason;
    } else {
      EXPECT_TRUE(verdict == "pass" || skip_kind == "not-applicable")
          << id << " ended in " << verdict << '\n'
          << check.dump(2);
    }
  }
};

TEST_P(ConformanceTest, MeetsTheCatalogueButForItsLimits) {
  const std::string name(strategy().name);
  Program program({EAGAIN_PROGRAM, "check", "--strategy", name, "--report", "json=-", "--",
                   EAGAIN_PROGRAM, "serve", name, "--port", "{port}"},
                  std::chrono::minutes(14));
  program.end_input();
  EXPECT_EQ(program.wait(), 0) << program.errors();
  const json report = json::parse(program.output(), nullptr, false);
  ASSERT_FALSE(report.is_discarded()) << program.errors();
  ASSERT_FALSE(report.at("checks").empty());
  for (const json& check : report.at("checks")) {
    expect_conforms(check);
  }
}

// What a check allows to a strategy, it must see when nothing is said of the strategy.
TEST_P(ConformanceTest, ALimitThatACheckAllowsForShows) {
  for (const DeclaredLimit& limit : strategy().limits) {
    if (limit.effect == DeclaredLimit::Effect::kNarrows) {
      Program program({EAGAIN_PROGRAM, "check", "--only", std::string(limit.checks), "--",
                       EAGAIN_PROGRAM, "serve", std::string(strategy().name), "--port", "{port}"});
      program.end_input();
      EXPECT_EQ(program.wait(), 1) << limit.checks << '\n' << program.output();
    }
  }
}

std::vector<std::string_view> Names() {
  std::vector<std::string_view> names;
  for (const Strategy& strategy : Strategies()) {
    names.push_back(strategy.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Strategies, ConformanceTest, testing::ValuesIn(Names()),
                         [](const auto& parameter) {
                           std::string name(parameter.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace eagain
