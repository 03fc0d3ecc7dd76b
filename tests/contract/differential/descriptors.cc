// Lockstep: descriptors, whatever they refer to.
#include <fcntl.h>

#include <utility>

#include "lockstep_calls.h"

namespace eagain::differential {

void Lockstep::fcntl(const Operation& operation) {
  static constexpr std::pair<const char*, int> kCommands[] = {
      {"F_GETFL", F_GETFL}, {"F_GETFD", F_GETFD}, {"F_SETFD", F_SETFD}, {"F_SETFL", F_SETFL}};
  const int fd = choose(operation.on, &FileModel::is_any);
  const auto [name, command] = kCommands[operation.choice % 4];
  // Nothing here may block.
  const int argument = command == F_SETFL ? O_NONBLOCK : operation.other % 2 * FD_CLOEXEC;
  same(fmt::format("fcntl({}, {}, {})", fd, name, argument), [&, to = command](Machine& machine) {
    return machine.sys.fcntl(machine.fd(fd), to, argument);
  });
}

void Lockstep::duplicate(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_any);
  const int least = kFirstNumber +
                    (operation.choice % 2 == 0 ? 0 : operation.other % (sequence_.descriptors + 2));
  const int made =
      same_descriptor(fmt::format("fcntl({}, F_DUPFD, {})", fd, least), [&](Machine& machine) {
        return machine.sys.fcntl(machine.fd(fd), F_DUPFD, machine.fd(least));
      });
  if (made >= 0) {
    model_.refer(made, model_.number_of(fd));
  }
}

void Lockstep::close(const Operation& operation) {
  close(choose(operation.on, &FileModel::is_any));
}

void Lockstep::close(int fd) {
  FileModel* file = model_.of(fd);
  if ((would_lose_bytes(fd) && (file->lingers || model_.under_way_to(*file) > 0)) ||
      (may_be_over(fd) && both_shut(fd))) {
    return;
  }
  const Answer closed = same(fmt::format("close({})", fd),
                             [&](Machine& machine) { return machine.sys.close(machine.fd(fd)); });
  if (closed.ok() && file != nullptr) {
    model_.close(fd);
  }
}

}  // namespace eagain::differential
