// The defects that the servers of this folder can be given, one at a time: each is one small departure
// from the correct form, beside it in the code. What each means, and which rule it breaks, is said in
// variants.cc.
#pragma once

#include <cstdint>

namespace eagain::detection {

enum class Defect : uint8_t {
  kNone,
  // Receiving.
  kAgainCloses,
  kResetFatal,
  kEndIgnored,
  kCloseBeforeFlush,
  kOneQueueForAll,
  kUnboundedQueue,
  kNeverResumes,
  // Sending.
  kTailDropped,
  kNewerFirst,
  kWholeBufferAgain,
  kSendAgainCloses,
  kNoMsgNosignal,
  kWriteInterestAlways,
  kWriteInterestNever,
  // Accepting.
  kListenerBlocking,
  kOneAcceptPerEdge,
  kNewcomersLast,
  kAbortedFatal,
  kExhaustedSpins,
  kExhaustedFatal,
  kExhaustedClosesListener,
  kExhaustedWaitsForLeaver,
  kLeakWhenNotWatched,
  // Waiting.
  kInterruptedFatal,
  kZeroTimeout,
  kFirstReadyOnly,
  kWrongNfds,
  kEntryNotRemoved,
  kHangupIgnored,
  kStaleEvent,
  // Edges.
  kEdgeNotDrained,
  kNoBudget,
  kReadyForgotten,
  kShortMeansDrained,
  kHangupBeforeBytes,
  // Leaving.
  kLeakOnError,
  kStateKept,
  kCloseRetried,
  // Stopping.
  kStopIgnored,
  kStopDropsQueues,
  kStopWaitsForClients,
};

}  // namespace eagain::detection
