// Lockstep: which operation is which call.
#include <iterator>

#include "lockstep.h"

namespace eagain::differential {

void Lockstep::perform(const Operation& operation) {
  struct Row {
    Kind kind;
    void (Lockstep::*call)(const Operation&);
  };
  static constexpr Row kRows[] = {
      {Kind::kConnection, &Lockstep::make_connection},
      {Kind::kSocket, &Lockstep::make_socket},
      {Kind::kBind, &Lockstep::bind},
      {Kind::kListen, &Lockstep::listen},
      {Kind::kConnect, &Lockstep::connect},
      {Kind::kAccept, &Lockstep::accept},
      {Kind::kSend, &Lockstep::send},
      {Kind::kRecv, &Lockstep::recv},
      {Kind::kShutdown, &Lockstep::shutdown},
      {Kind::kClose, &Lockstep::close},
      {Kind::kReset, &Lockstep::reset},
      {Kind::kSoError, &Lockstep::take_error},
      {Kind::kSetOption, &Lockstep::set_option},
      {Kind::kGetOption, &Lockstep::get_option},
      {Kind::kFcntl, &Lockstep::fcntl},
      {Kind::kDuplicate, &Lockstep::duplicate},
      {Kind::kEventfd, &Lockstep::make_counter},
      {Kind::kCounterWrite, &Lockstep::write_counter},
      {Kind::kCounterRead, &Lockstep::read_counter},
      {Kind::kEpollCreate, &Lockstep::make_epoll},
      {Kind::kEpollAdd, &Lockstep::epoll_add},
      {Kind::kEpollModify, &Lockstep::epoll_modify},
      {Kind::kEpollDelete, &Lockstep::epoll_delete},
      {Kind::kEpollWait, &Lockstep::epoll_wait},
      {Kind::kPoll, &Lockstep::poll},
      {Kind::kSelect, &Lockstep::select},
  };
  static_assert(std::size(kRows) == static_cast<size_t>(Kind::kSelect) + 1);
  for (const Row& row : kRows) {
    if (row.kind == operation.kind) {
      (this->*row.call)(operation);
    }
  }
}

}  // namespace eagain::differential
