// What a generated sequence consists of. An operation names its descriptor by its place among those
// that suit it, so that any operation can stand anywhere, and a sequence from which some were taken
// away is a sequence still.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <iosfwd>
#include <vector>

namespace eagain::differential {

enum class Kind : uint8_t {
  kConnection,  // what it takes to have both ends of one more connection
  kSocket,
  kBind,
  kListen,
  kConnect,
  kAccept,
  kSend,
  kRecv,
  kShutdown,
  kClose,
  kReset,
  kSoError,
  kSetOption,
  kGetOption,
  kFcntl,
  kDuplicate,
  kEventfd,
  kCounterWrite,
  kCounterRead,
  kEpollCreate,
  kEpollAdd,
  kEpollModify,
  kEpollDelete,
  kEpollWait,
  kPoll,
  kSelect,
};

struct Operation {
  Kind kind;
  uint8_t on;      // which descriptor
  uint8_t other;   // which other one: what is added to an epoll, where to connect to
  uint8_t choice;  // which variety
  uint16_t size;   // bytes
};
// As the number that each field has: what it does is in the listing of the run.
void showValue(const Operation& operation, std::ostream& os);

// Which machine has so small buffers that they fill.
enum class Tight : uint8_t { kNeither, kLinux, kSimulation };

struct Sequence {
  Tight tight = Tight::kNeither;
  bool busy = false;    // the simulated network delays and cuts
  uint16_t seed = 0;    // of the simulation
  int descriptors = 0;  // how many there may be
  std::vector<Operation> operations;
};
void showValue(const Sequence& sequence, std::ostream& os);

rc::Gen<Sequence> AnySequence();

}  // namespace eagain::differential
