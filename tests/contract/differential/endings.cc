// Lockstep: how connections end.
#include <sys/socket.h>

#include "lockstep_calls.h"

namespace eagain::differential {
namespace {

const char* NameOf(int how) {
  static constexpr const char* kNames[] = {"SHUT_RD", "SHUT_WR", "SHUT_RDWR"};
  return how < 3 ? kNames[how] : "3";
}

}  // namespace

// A connection of which a tight machine still has bytes to deliver may be over for the other.
bool Lockstep::may_be_over(int fd) {
  FileModel* file = model_.of(fd);
  return tight() && file != nullptr && file->is_socket() &&
         model_.under_way_from(*file) + model_.under_way_to(*file) > 0;
}

bool Lockstep::both_shut(int fd) {
  const FileModel& file = *model_.of(fd);
  return file.shut && file.peer >= 0 &&
         (model_.at(file.peer).shut || model_.at(file.peer).descriptors == 0);
}

// A reset takes away what is under way from this end: of that, a tight machine has more.
bool Lockstep::would_lose_bytes(int fd) {
  FileModel* file = model_.of(fd);
  return tight() && file != nullptr && file->is_socket() && model_.under_way_from(*file) > 0;
}

void Lockstep::shutdown(const Operation& operation) {
  static constexpr int kHow[] = {SHUT_RDWR, SHUT_RD, 3, SHUT_WR, SHUT_WR, SHUT_WR, SHUT_WR};
  shutdown(choose(operation.on, &FileModel::is_connected), kHow[operation.choice % 7]);
}

void Lockstep::shutdown(int fd, int how) {
  if (tight() && how != SHUT_WR) {
    return;  // what comes then is answered with a reset
  }
  FileModel* file = model_.of(fd);
  if (may_be_over(fd) && file->shut) {
    return;
  }
  const Answer shut = same(fmt::format("shutdown({}, {})", fd, NameOf(how)), [&](Machine& machine) {
    return machine.sys.shutdown(machine.fd(fd), how);
  });
  if (file != nullptr && shut.ok()) {
    file->shut = true;
  }
  if (file != nullptr && file->listening && shut.ok() && how != SHUT_WR) {
    file->listening = false;
    file->queue.clear();
  }
}

void Lockstep::reset(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_connected);
  if (would_lose_bytes(fd) || (may_be_over(fd) && both_shut(fd))) {
    return;
  }
  const Answer set = same(
      fmt::format("setsockopt({}, SOL_SOCKET, SO_LINGER, {{1, 0}})", fd), [&](Machine& machine) {
        const linger now{1, 0};
        return machine.sys.setsockopt(machine.fd(fd), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      });
  if (FileModel* file = model_.of(fd); file != nullptr && set.ok()) {
    file->lingers = true;
  }
  if (!failed()) {
    close(fd);
  }
}

}  // namespace eagain::differential
