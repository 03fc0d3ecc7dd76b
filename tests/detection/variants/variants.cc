#include "variants.h"

#include "event_server.h"

namespace eagain::detection {

namespace {

using enum Form;

// clang-format off
const Variant kVariants[] = {
    {"again-closes", kPoll, Defect::kAgainCloses, {"bytes", "stop"}, "recv's EAGAIN is taken for an error: closes"},
    {"reset-fatal", kPoll, Defect::kResetFatal, {"survival"}, "recv's ECONNRESET ends the server"},
    {"end-ignored", kPoll, Defect::kEndIgnored, {"spin"}, "recv's 0 is taken for no bytes yet: the client is kept"},
    {"close-before-flush", kEpoll, Defect::kCloseBeforeFlush, {"bytes"}, "closes at the client's half-close, with bytes queued"},
    {"one-queue-for-all", kPoll, Defect::kOneQueueForAll, {"bytes"}, "all clients share one buffer"},
    {"unbounded-queue", kSelect, Defect::kUnboundedQueue, {"queue"}, "reads on, however much waits for a client"},
    {"never-resumes", kEpoll, Defect::kNeverResumes, {"liveness"}, "stops reading at the high-water mark, for good"},

    {"tail-dropped", kSelect, Defect::kTailDropped, {"bytes", "liveness"}, "what a short send did not take is dropped"},
    {"newer-first", kPoll, Defect::kNewerFirst, {"bytes"}, "what came last is sent before what waits"},
    {"whole-buffer-again", kPoll, Defect::kWholeBufferAgain, {"bytes"}, "after a short send all of it is sent again"},
    {"send-again-closes", kEpoll, Defect::kSendAgainCloses, {"bytes"}, "send's EAGAIN is taken for an error: closes"},
    {"no-msg-nosignal", kEpoll, Defect::kNoMsgNosignal, {"survival"}, "send to who has left raises SIGPIPE"},
    {"write-interest-always", kEpoll, Defect::kWriteInterestAlways, {"spin"}, "EPOLLOUT is asked for with nothing to send"},
    {"write-interest-never", kPoll, Defect::kWriteInterestNever, {"liveness"}, "POLLOUT is never asked for"},

    {"listener-blocking", kEpoll, Defect::kListenerBlocking, {"liveness", "fairness", "stop"}, "accepts until EAGAIN on a blocking listener"},
    {"one-accept-per-edge", kEdge, Defect::kOneAcceptPerEdge, {"liveness"}, "one accept for an edge that told of many"},
    {"newcomers-last", kPoll, Defect::kNewcomersLast, {"fairness"}, "accepts only when no client is ready"},
    {"aborted-fatal", kSelect, Defect::kAbortedFatal, {"survival"}, "accept's ECONNABORTED ends the server"},
    {"exhausted-spins", kEpoll, Defect::kExhaustedSpins, {"spin"}, "at EMFILE asks again, and again"},
    {"exhausted-fatal", kPoll, Defect::kExhaustedFatal, {"survival"}, "accept's EMFILE ends the server"},
    {"exhausted-closes-listener", kPoll, Defect::kExhaustedClosesListener, {"bytes"}, "at EMFILE closes the listener: who waits there is reset"},
    {"exhausted-waits-for-leaver", kEpoll, Defect::kExhaustedWaitsForLeaver, {"liveness"}, "after ENFILE accepts only when a client has left; there is none"},
    {"leak-when-not-watched", kEpoll, Defect::kLeakWhenNotWatched, {"leak", "liveness"}, "EPOLL_CTL_ADD fails: the descriptor is forgotten"},

    {"interrupted-fatal", kEpoll, Defect::kInterruptedFatal, {"survival"}, "epoll_wait's EINTR ends the server"},
    {"zero-timeout", kSelect, Defect::kZeroTimeout, {"spin"}, "asks without waiting"},
    {"first-ready-only", kPoll, Defect::kFirstReadyOnly, {"fairness"}, "serves the first that is ready, then waits again"},
    {"wrong-nfds", kSelect, Defect::kWrongNfds, {"liveness"}, "select's first argument is the highest descriptor, not one more"},
    {"entry-not-removed", kPoll, Defect::kEntryNotRemoved, {"spin"}, "who has left stays in poll's array"},
    {"hangup-ignored", kEpoll, Defect::kHangupIgnored, {"spin"}, "EPOLLHUP and EPOLLERR are passed over"},
    {"stale-event", kEpoll, Defect::kStaleEvent, {"survival"}, "readable closed the client; writable still uses it"},

    {"edge-not-drained", kEdge, Defect::kEdgeNotDrained, {"liveness"}, "one recv for an edge"},
    {"no-budget", kEdge, Defect::kNoBudget, {"fairness"}, "drains a client for as long as it sends"},
    {"ready-forgotten", kEdge, Defect::kReadyForgotten, {"liveness"}, "who had its share is not served on"},
    {"short-means-drained", kEdge, Defect::kShortMeansDrained, {"leak", "liveness"}, "a short recv ends the draining, without EPOLLRDHUP"},
    {"hangup-before-bytes", kEdge, Defect::kHangupBeforeBytes, {"bytes"}, "EPOLLRDHUP closes, with bytes unread"},

    {"leak-on-error", kPoll, Defect::kLeakOnError, {"leak"}, "a connection that broke is not closed"},
    {"state-kept", kPoll, Defect::kStateKept, {"bytes"}, "what a client was owed is left to who gets its number next"},
    {"close-retried", kPoll, Defect::kCloseRetried, {"descriptor"}, "closes again after close's EINTR"},

    {"stop-ignored", kEpoll, Defect::kStopIgnored, {"stop"}, "SIGTERM is ignored"},
    {"stop-drops-queues", kSelect, Defect::kStopDropsQueues, {"stop"}, "at SIGTERM closes at once, with bytes queued"},
    {"stop-waits-for-clients", kPoll, Defect::kStopWaitsForClients, {"stop"}, "at SIGTERM waits until all clients have left"},
};
// clang-format on

template <typename Server, typename... Arguments>
sim::ServerMain Runs(Defect defect, Arguments... arguments) {
  return [defect, arguments...](Sys& sys, sim::Process& process) {
    return Server(sys, process, arguments..., defect).run();
  };
}

}  // namespace

std::string_view NameOf(Form form) {
  switch (form) {
    case kSelect:
      return "select";
    case kPoll:
      return "poll";
    case kEpoll:
      return "epoll";
    case kEdge:
      break;
  }
  return "epoll-et";
}

std::span<const Variant> Variants() { return kVariants; }

sim::ServerMain MakeServer(Form form, Defect defect) {
  switch (form) {
    case kSelect:
      return Runs<LevelServer>(defect, WaitCall::kSelect);
    case kPoll:
      return Runs<LevelServer>(defect, WaitCall::kPoll);
    case kEpoll:
      return Runs<LevelServer>(defect, WaitCall::kEpoll);
    case kEdge:
      break;
  }
  return Runs<EdgeServer>(defect);
}

sim::Expectations ExpectationsOfAll() {
  sim::Expectations expectations;
  expectations.stop_flushes = true;
  return expectations;
}

}  // namespace eagain::detection
