// SimKernel: where faults come in, and which states they are.
#include <algorithm>
#include <cerrno>
#include <climits>

#include "eagain/fault/plan/printer.h"
#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {
namespace {

using fault::Call;
using fault::Errno;
using fault::Outcome;

// The connection is over with these; with the others the call alone has failed.
bool Kills(int error) {
  return error != EAGAIN && error != EINTR && error != ENOBUFS && error != ENOMEM;
}

bool EdgeTriggered(const File& file) {
  for (const Watch* watch = file.watches; watch != nullptr; watch = watch->next_of_file) {
    if ((watch->events & EPOLLET) != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

Moment SimKernel::moment_of(Call call, int fd) const {
  return moment_of(call, fd, find_socket(fd));
}

Moment SimKernel::moment_of(Call call, int fd, const Socket* socket) const {
  Moment moment;
  moment.index = calls_;
  fault::CallEvent& event = moment.event;
  event.call = call;
  event.fd = fd;
  event.handler = true;
  event.interruptible = !options_.handlers_restart;
  event.can_rearm = event.can_reset = event.can_close = true;
  if (socket == nullptr) {
    return moment;
  }
  event.non_blocking = socket->non_blocking;
  event.edge_triggered = EdgeTriggered(*socket);
  moment.connected = socket->state == Socket::State::kConnected;
  if (socket->state == Socket::State::kListening) {
    event.role = fault::Role::kListener;
    moment.amount = socket->queue_hidden ? 0 : socket->queue_length;
    event.can_consume = moment.amount > 0;
  } else if (socket->ordinal > 0) {
    event.role = fault::Role::kClient;
    event.connection = socket->ordinal;
  }
  return moment;
}

// `look` tells the moment: again after a delay, in which everything may have changed.
template <typename Look>
std::optional<SimKernel::Disturbance> SimKernel::disturb(const Look& look) {
  if (in_handler_ || scheduler_.ending()) {
    return std::nullopt;
  }
  Moment moment = look();
  const Choice choice = faults_->choose(moment);
  if (choice.delay > 0) {
    be_late(choice.delay);
  }
  if (!choice.outcome) {
    return std::nullopt;
  }
  if (choice.delay > 0) {
    const uint64_t index = moment.index;
    moment = look();
    moment.index = index;  // others may have been made meanwhile
  }
  const bool lie = !PossibleNow(moment, *choice.outcome);
  if (lie && !(faults_->hostile() && std::holds_alternative<Errno>(*choice.outcome))) {
    faults_->refused(moment, *choice.outcome);
    return std::nullopt;
  }
  faults_->happened(moment, *choice.outcome);
  if (trace_ != nullptr) {
    note((lie ? "hostile fault: " : "fault: ") + fault::OutcomeText(*choice.outcome));
  }
  return Disturbance{moment, *choice.outcome, lie};
}

void SimKernel::be_late(Time delay) {
  const Time until = scheduler_.now() + delay;
  while (scheduler_.now() < until) {
    scheduler_.wait(Scheduler::kNoChannel, until);
  }
}

int SimKernel::disturb_recv(Socket& socket, Call call, int fd, size_t len, int flags) {
  if (faults_ == nullptr) {
    return 0;
  }
  const std::optional<Disturbance> fault = disturb([&] {
    Moment moment = moment_of(call, fd, &socket);
    moment.event.asked = len;
    moment.event.non_blocking |= (flags & MSG_DONTWAIT) != 0;
    moment.event.whole = (flags & MSG_WAITALL) != 0;
    moment.amount = std::min(len, socket.readable());
    moment.at_end = socket.end_received;
    moment.can_hold_back =
        socket.peer != nullptr && tcp_.may_hold_back(socket, socket.peer->out.peeked());
    return moment;
  });
  if (!fault) {
    return 0;
  }
  if (fault->lie) {
    return std::get<Errno>(fault->outcome).number;
  }
  if (const fault::Short* less = std::get_if<fault::Short>(&fault->outcome)) {
    tcp_.hold_back(socket, less->bytes, kFaultLasts);
    return 0;
  }
  if (fault->moment.can_hold_back) {
    tcp_.hold_back(socket, socket.peer->out.peeked(), kFaultLasts);
  }
  const Errno* error = std::get_if<Errno>(&fault->outcome);
  if (error == nullptr || Kills(error->number)) {
    tcp_.kill(socket, error != nullptr ? error->number : ECONNRESET);
    return 0;
  }
  if (error->number == EAGAIN) {
    return 0;
  }
  if (error->number != EINTR) {
    Tcp::Excuse(socket);
  }
  return error->number;
}

int SimKernel::disturb_send(Socket& socket, Call call, int fd, size_t& len, int flags) {
  if (faults_ == nullptr) {
    return 0;
  }
  const std::optional<Disturbance> fault = disturb([&] {
    Moment moment = moment_of(call, fd, &socket);
    moment.event.asked = len;
    moment.event.non_blocking |= (flags & MSG_DONTWAIT) != 0;
    moment.amount = moment.event.non_blocking ? std::min(len, socket.send_room()) : len;
    return moment;
  });
  if (!fault) {
    return 0;
  }
  if (fault->lie) {
    return std::get<Errno>(fault->outcome).number;
  }
  if (const fault::Short* less = std::get_if<fault::Short>(&fault->outcome)) {
    if (fault->moment.event.non_blocking) {
      tcp_.squeeze(socket, less->bytes, kFaultLasts);
    } else {
      len = less->bytes;  // a signal came after so many
    }
    return 0;
  }
  const Errno* error = std::get_if<Errno>(&fault->outcome);
  if (error == nullptr || Kills(error->number)) {
    tcp_.kill(socket, error != nullptr ? error->number : ECONNRESET);
    return 0;
  }
  if (error->number == EINTR) {
    return EINTR;
  }
  tcp_.squeeze(socket, 0, kFaultLasts);
  if (error->number == EAGAIN) {
    return 0;
  }
  Tcp::Excuse(socket);
  return error->number;
}

int SimKernel::disturb_accept(Socket& listener, int fd) {
  if (faults_ == nullptr) {
    return 0;
  }
  const std::optional<Disturbance> fault =
      disturb([&] { return moment_of(Call::kAccept4, fd, &listener); });
  const Errno* error = fault ? std::get_if<Errno>(&fault->outcome) : nullptr;
  if (error == nullptr) {
    return 0;
  }
  if (fault->lie) {
    return error->number;
  }
  listener.excused = true;  // who was refused may wait before it asks again
  switch (error->number) {
    case EAGAIN:
    case EINTR:
      tcp_.hide_queue(listener, kFaultLasts);
      return error->number;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return error->number;
    default:
      Tcp::Excuse(*listener.queue_head);
      tcp_.abort_oldest(listener);
      return error->number;
  }
}

int SimKernel::disturb_wait(Call call, size_t room, int ready, Batch& batch) {
  if (faults_ == nullptr) {
    return 0;
  }
  const std::optional<Disturbance> fault = disturb([&] {
    Moment moment = moment_of(call, -1, nullptr);
    moment.event.asked = room;
    moment.amount = static_cast<size_t>(ready);  // before a delay, too: nothing hangs on it
    return moment;
  });
  if (!fault) {
    return 0;
  }
  if (const fault::Only* only = std::get_if<fault::Only>(&fault->outcome)) {
    batch.most = std::min(batch.most, static_cast<int>(std::min<uint64_t>(only->events, INT_MAX)));
  } else if (std::holds_alternative<fault::Reordered>(fault->outcome)) {
    batch.reversed = true;
    batch.shuffled = false;
  } else if (const Errno* error = std::get_if<Errno>(&fault->outcome)) {
    return error->number;
  }
  return 0;
}

int SimKernel::disturb_plainly(Call call, int fd, bool registers) {
  if (faults_ == nullptr) {
    return 0;
  }
  const std::optional<Disturbance> fault = disturb([&] {
    Moment moment = moment_of(call, fd);
    moment.event.registers = registers;
    return moment;
  });
  const Errno* error = fault ? std::get_if<Errno>(&fault->outcome) : nullptr;
  if (Socket* socket = find_socket(fd); error != nullptr && registers && socket != nullptr) {
    Tcp::Excuse(*socket);
  }
  return error != nullptr ? error->number : 0;
}

int SimKernel::disturb_shutdown(Socket& socket, int fd) {
  if (faults_ == nullptr) {
    return 0;
  }
  const std::optional<Disturbance> fault =
      disturb([&] { return moment_of(Call::kShutdown, fd, &socket); });
  if (fault && fault->lie) {
    return std::get<Errno>(fault->outcome).number;
  }
  if (fault) {
    tcp_.kill(socket, ECONNRESET);
  }
  return 0;
}

}  // namespace eagain::sim
