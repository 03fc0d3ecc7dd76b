#include "eagain/driver/transcript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eagain::driver {
namespace {

using testing::ElementsAre;

TEST(TranscriptTest, TellsEachEventInASentence) {
  Transcript transcript;
  transcript.add(1, EventKind::kConnect);
  transcript.add(1, EventKind::kSend, 4, "\"ping\"");
  transcript.add(2, EventKind::kReset);
  transcript.note("the server is stopped (SIGSTOP)");
  transcript.add(1, EventKind::kEof);
  EXPECT_THAT(transcript.steps(),
              ElementsAre("client 1 connects", "client 1 sends 4 bytes: \"ping\"",
                          "client 2 resets its connection (RST)", "the server is stopped (SIGSTOP)",
                          "client 1 sees the end of the stream"));
}

TEST(TranscriptTest, PartsOfOneTransferAreOneStep) {
  Transcript transcript;
  transcript.add(1, EventKind::kSend, 60000, "\"a\"...");
  transcript.add(1, EventKind::kSend, 40000, "\"b\"...");
  transcript.add(2, EventKind::kSend, 1, "\"c\"");
  EXPECT_THAT(transcript.steps(),
              ElementsAre("client 1 sends 100,000 bytes", "client 2 sends 1 byte: \"c\""));
  EXPECT_GE(transcript.events()[0].until, transcript.events()[0].at);
  EXPECT_EQ(transcript.events()[1].until, std::chrono::microseconds(0));
}

TEST(TranscriptTest, WhatIsKnownBesideTheStepsIsNoStep) {
  Transcript transcript;
  transcript.add(1, EventKind::kConnect);
  transcript.add(1, EventKind::kStall, 0, "nothing moved");
  transcript.add(1, EventKind::kUnaccepted);
  transcript.add(0, EventKind::kFault, 0, "recv: short (1 byte)");
  transcript.add(0, EventKind::kVerdict);
  transcript.add(1, EventKind::kAccept);
  transcript.add(0, EventKind::kExit, 0, "exit status 1");
  EXPECT_THAT(transcript.steps(), ElementsAre("client 1 connects", "fault: recv: short (1 byte)"));
}

TEST(TranscriptTest, TheMiddleOfALongStoryIsOneLine) {
  Transcript transcript;
  for (int client = 1; client <= 100; ++client) {
    transcript.add(client, EventKind::kConnect);
  }
  EXPECT_THAT(transcript.steps(4),
              ElementsAre("client 1 connects", "client 2 connects", "(96 more steps)",
                          "client 99 connects", "client 100 connects"));
}

TEST(TranscriptTest, OfAVeryLongStoryTheBeginningAndTheEndAreKept) {
  Transcript transcript;
  for (int client = 1; client <= 50000; ++client) {
    transcript.add(client, EventKind::kConnect);
  }
  EXPECT_LE(transcript.events().size(), 20000U);
  EXPECT_THAT(transcript.steps(4),
              ElementsAre("client 1 connects", "client 2 connects", "(49,996 more steps)",
                          "client 49999 connects", "client 50000 connects"));
  EXPECT_EQ(transcript.events()[4999].client, 5000);
  EXPECT_EQ(transcript.events()[5000].kind, EventKind::kNote);
}

}  // namespace
}  // namespace eagain::driver
