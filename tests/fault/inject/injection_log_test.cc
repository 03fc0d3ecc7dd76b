#include "eagain/fault/inject/injection_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace eagain::fault {
namespace {

using Kind = InjectionRecord::Kind;

class InjectionLogTest : public testing::Test {
 protected:
  InjectionLogTest() : path_(testing::TempDir() + "injection_log." + std::to_string(::getpid())) {}
  ~InjectionLogTest() override { ::unlink(path_.c_str()); }
  void append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }

  std::string path_;
};

TEST_F(InjectionLogTest, IsEmptyBeforeTheFileIsThere) {
  InjectionLog log(path_);
  EXPECT_EQ(log.update(), 0U);
  EXPECT_EQ(log.start(), nullptr);
  EXPECT_EQ(log.end(), nullptr);
}

TEST_F(InjectionLogTest, LeavesAnUnfinishedLineForTheNextTime) {
  InjectionLog log(path_);
  append(R"({"event":"note","time":1.5,"text":"one"})"
         "\n"
         R"({"event":"note","ti)");
  EXPECT_EQ(log.update(), 1U);
  EXPECT_EQ(log.update(), 0U);
  append(R"(me":2,"text":"two"})"
         "\n");
  EXPECT_EQ(log.update(), 1U);
  EXPECT_EQ(log.records().back().text, "two");
  EXPECT_EQ(log.bad_lines(), 0U);
}

TEST_F(InjectionLogTest, ReadsAFault) {
  InjectionLog log(path_);
  append(
      R"({"event":"fired","time":12.000345,"pid":10,"tid":11,"call":"send","fd":7,"role":"client",)"
      R"("connection":2,"asked":64,"non_blocking":true,"edge_triggered":true,"result":1,)"
      R"("got":"1 byte","rule":1,"nth":3,"outcome":"short 1","level":"must","rearmed":true,)"
      R"("hostile":false,"rule_text":"send short 1","replay":"send short 1 at 3"})"
      "\n");
  ASSERT_EQ(log.update(), 1U);
  const InjectionRecord& record = log.records().front();
  EXPECT_EQ(record.kind, Kind::kFired);
  EXPECT_EQ(record.time.count(), 12'000'345);
  EXPECT_EQ(record.tid, 11);
  EXPECT_EQ(record.connection, 2U);
  EXPECT_EQ(record.result, 1);
  EXPECT_TRUE(record.rearmed);
  EXPECT_EQ(log.fired(), 1U);
  EXPECT_EQ(log.fired(1), 1U);
  EXPECT_EQ(log.fired(0), 0U);
  EXPECT_THAT(record.describe(),
              testing::HasSubstr("send on descriptor 7 (client 2), asked for 64, got 1 byte"));
}

TEST_F(InjectionLogTest, TheLastEndCounts) {
  InjectionLog log(path_);
  append(R"({"event":"end","time":1,"rules":[{"rule":"send short 1","seen":1,"fired":0}]})"
         "\n"
         R"({"event":"end","time":2,"rules":[{"rule":"send short 1","seen":9,"fired":4}]})"
         "\n");
  log.update();
  ASSERT_NE(log.end(), nullptr);
  EXPECT_EQ(log.end()->rules.at(0).fired, 4U);
}

TEST_F(InjectionLogTest, CountsLinesThatAreNone) {
  InjectionLog log(path_);
  append("server says hello\n{\"event\":\"party\",\"time\":1}\n{\"event\":\"end\"}\n[]\n");
  EXPECT_EQ(log.update(), 0U);
  EXPECT_EQ(log.bad_lines(), 4U);
}

}  // namespace
}  // namespace eagain::fault
