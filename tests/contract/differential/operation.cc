#include "operation.h"

#include <ostream>

namespace eagain::differential {
namespace {

rc::Gen<Kind> AnyKind() {
  return rc::gen::weightedElement<Kind>({
      {6, Kind::kConnection},  {2, Kind::kSocket},      {2, Kind::kBind},
      {2, Kind::kListen},      {4, Kind::kConnect},     {4, Kind::kAccept},
      {14, Kind::kSend},       {12, Kind::kRecv},       {4, Kind::kShutdown},
      {5, Kind::kClose},       {2, Kind::kReset},       {2, Kind::kSoError},
      {2, Kind::kSetOption},   {2, Kind::kGetOption},   {2, Kind::kFcntl},
      {2, Kind::kDuplicate},   {2, Kind::kEventfd},     {3, Kind::kCounterWrite},
      {3, Kind::kCounterRead}, {3, Kind::kEpollCreate}, {8, Kind::kEpollAdd},
      {4, Kind::kEpollModify}, {2, Kind::kEpollDelete}, {10, Kind::kEpollWait},
      {3, Kind::kPoll},        {3, Kind::kSelect},
  });
}

// Mostly little; now and then more than a small buffer holds.
rc::Gen<uint16_t> AnySize() {
  return rc::gen::weightedOneOf<uint16_t>({{1, rc::gen::just<uint16_t>(0)},
                                           {8, rc::gen::inRange<uint16_t>(1, 200)},
                                           {4, rc::gen::inRange<uint16_t>(200, 5'000)},
                                           {3, rc::gen::inRange<uint16_t>(5'000, 60'000)}});
}

rc::Gen<Operation> AnyOperation() {
  return rc::gen::build<Operation>(
      rc::gen::set(&Operation::kind, AnyKind()),
      rc::gen::set(&Operation::on, rc::gen::inRange<uint8_t>(0, 255)),
      rc::gen::set(&Operation::other, rc::gen::inRange<uint8_t>(0, 255)),
      rc::gen::set(&Operation::choice, rc::gen::inRange<uint8_t>(0, 255)),
      rc::gen::set(&Operation::size, AnySize()));
}

}  // namespace

void showValue(const Operation& operation, std::ostream& os) {
  os << '{' << static_cast<int>(operation.kind) << ", " << static_cast<int>(operation.on) << ", "
     << static_cast<int>(operation.other) << ", " << static_cast<int>(operation.choice) << ", "
     << operation.size << '}';
}

void showValue(const Sequence& sequence, std::ostream& os) {
  os << sequence.operations.size() << " operations, seed " << sequence.seed;
}

rc::Gen<Sequence> AnySequence() {
  return rc::gen::build<Sequence>(
      rc::gen::set(&Sequence::tight,
                   rc::gen::weightedElement<Tight>(
                       {{6, Tight::kNeither}, {1, Tight::kLinux}, {3, Tight::kSimulation}})),
      rc::gen::set(&Sequence::busy), rc::gen::set(&Sequence::seed),
      rc::gen::set(&Sequence::descriptors, rc::gen::inRange(8, 20)),
      rc::gen::set(&Sequence::operations,
                   rc::gen::container<std::vector<Operation>>(AnyOperation())));
}

}  // namespace eagain::differential
