// The table is complete and consistent, and says what the manual pages say.
#include "eagain/fault/plan/legality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <string>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/plan/parser.h"

namespace eagain::fault {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST(LegalityTableTest, EveryRowHasCallsAnEffectAndAReference) {
  for (const LegalityRow& row : LegalityTable()) {
    EXPECT_FALSE(row.calls.empty());
    EXPECT_THAT(std::string(row.reference), testing::ContainsRegex(R"(\([0-9]p?\)|RFC [0-9]+)"));
    const bool has_errnos = row.errnos[0] != 0;
    EXPECT_EQ(has_errnos, row.effect == Effect::kFails) << row.reference;
    for (const int number : row.errnos) {
      EXPECT_TRUE(number == 0 || ErrnoNamed(ErrnoName(number)) == number) << number;
    }
  }
}

// Two rows for one call and outcome would contradict each other, unless they are for the two modes.
TEST(LegalityTableTest, NoCallHasTwoRowsForOneOutcome) {
  std::vector<std::pair<Call, int>> seen;
  for (const LegalityRow& row : LegalityTable()) {
    for (const Call call : Members(row.calls)) {
      for (const int number : row.errnos) {
        if (number != 0) {
          EXPECT_THAT(seen, Not(Contains(std::pair(call, number))))
              << CallName(call) << " " << ErrnoName(number);
          seen.emplace_back(call, number);
        }
      }
    }
  }
}

TEST(LegalityTableTest, EveryConditionIsUsedAndSaysSomething) {
  for (int i = 0; i <= static_cast<int>(Condition::kNotOnTcp); ++i) {
    const auto condition = static_cast<Condition>(i);
    EXPECT_FALSE(ConditionText(condition).empty()) << i;
    EXPECT_TRUE(std::any_of(LegalityTable().begin(), LegalityTable().end(),
                            [&](const LegalityRow& row) { return row.condition == condition; }))
        << ConditionText(condition);
  }
}

TEST(LegalityTableTest, EveryCallCanBeLateAndCanFail) {
  for (const Call call : Members(AllCalls())) {
    EXPECT_FALSE(SelectedCalls(call, Delay{}).empty()) << CallName(call);
    EXPECT_FALSE(ErrnosOf(call).empty()) << CallName(call);
  }
}

TEST(LegalityTableTest, ErrnosAreThoseOfTheManualPage) {
  EXPECT_THAT(ErrnosOf(Call::kEpollWait),
              testing::UnorderedElementsAre(EBADF, EFAULT, EINTR, EINVAL));
  EXPECT_THAT(ErrnosOf(Call::kClose),
              testing::UnorderedElementsAre(EBADF, EINTR, EIO, ENOSPC, EDQUOT));
  EXPECT_THAT(ErrnosOf(Call::kSelect), testing::UnorderedElementsAre(EBADF, EINTR, EINVAL, ENOMEM));
}

TEST(LegalityTableTest, AFamilysRuleSelectsThoseThatCanHaveTheOutcome) {
  EXPECT_EQ(SelectedCalls(Family::kWait, Reordered{}),
            Call::kEpollWait | Call::kEpollPwait | Call::kEpollPwait2);
  EXPECT_EQ(SelectedCalls(Family::kRecv, Errno{EISDIR}), Call::kRead | Call::kReadv);
  EXPECT_EQ(SelectedCalls(Family::kRecv, Short{}), CallsOf(Family::kRecv));
  EXPECT_EQ(SelectedCalls(Call::kRecv, Short{}), Call::kRecv | Call::kRecvfrom);
}

TEST(LegalityTableTest, ShortSendsOnBlockingDescriptorsAreForTheCareful) {
  for (const LegalityRow& row : LegalityTable()) {
    if (row.level == Level::kShould) {
      EXPECT_TRUE(row.calls == CallsOf(Family::kSend) && row.effect == Effect::kShort);
    }
  }
}

TEST(RenderLegalityTableTest, SaysEveryRowInColumnsAndWhatTheFamiliesAre) {
  const std::string text = RenderLegalityTable();
  EXPECT_THAT(text, testing::StartsWith("CALL "));
  EXPECT_THAT(text,
              HasSubstr("\naccept                    ECONNABORTED, EPROTO            the pending "
                        "connection is really          accept(2)\n"
                        "                                                          consumed\n"));
  EXPECT_THAT(text, HasSubstr("(SHOULD)"));
  EXPECT_THAT(text, HasSubstr("\nany call "));
  EXPECT_THAT(text, testing::EndsWith("\naccept is accept, accept4\n"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 130u) << line;
  }
}

}  // namespace
}  // namespace eagain::fault
