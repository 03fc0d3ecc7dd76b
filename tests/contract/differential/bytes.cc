// Lockstep: bytes sent and received.
#include <algorithm>

#include "lockstep_calls.h"

namespace eagain::differential {
namespace {

// As much as every buffer of a machine that is not tight holds, small pieces and all.
constexpr uint64_t kHeldForSure = 4096;

// The byte of the stream of `file` at `position`.
char ByteAt(int file, uint64_t position) {
  return static_cast<char>((position * 2654435761u + static_cast<unsigned>(file) * 97u) >> 7);
}

}  // namespace

size_t Lockstep::clip(int fd, size_t size) {
  FileModel* file = model_.of(fd);
  if (tight() || file == nullptr) {
    return size;
  }
  const uint64_t under_way = model_.under_way_from(*file);
  return std::min<size_t>(size, under_way < kHeldForSure ? kHeldForSure - under_way : 0);
}

void Lockstep::send(const Operation& operation) {
  send(choose(operation.on, &FileModel::is_connected), operation.size, operation.choice % 8 == 0);
}

// `plain`: write.
void Lockstep::send(int fd, size_t size, bool plain) {
  FileModel* file = model_.of(fd);
  size = clip(fd, size);
  // Kernels differ in what they say of more than eight bytes for an eventfd.
  plain = plain && file != nullptr && file->kind == FileModel::Kind::kSocket;
  if (tight() && file != nullptr && file->peer >= 0 && model_.at(file->peer).descriptors == 0 &&
      model_.under_way_to(*file) > 0) {
    return;  // it will be answered with a reset, which would lose bytes
  }
  std::string bytes(size, '\0');
  for (size_t i = 0; file != nullptr && i < size; ++i) {
    bytes[i] = ByteAt(model_.number_of(fd), file->sent + i);
  }
  const auto call = [&](Machine& machine, size_t count) {
    return plain
               ? machine.sys.write(machine.fd(fd), bytes.data(), count)
               : machine.sys.send(machine.fd(fd), bytes.data(), count, MSG_NOSIGNAL | MSG_DONTWAIT);
  };
  const std::string text = plain ? fmt::format("write({}, bytes, {})", fd, size)
                                 : fmt::format("send({}, bytes, {}, MSG_NOSIGNAL)", fd, size);
  const bool socket = file != nullptr && file->kind == FileModel::Kind::kSocket;
  if (!tight() || !socket) {
    const Answer sent = same(text, [&](Machine& machine) { return call(machine, size); });
    if (socket && sent.ok()) {
      file->sent += sent.value;
    }
    return;
  }
  const SysResult<size_t> taken = call(first(), size);
  if (taken.error() == EAGAIN) {
    note(text, taken, taken);
    if (model_.under_way_from(*file) == 0) {
      fail(fmt::format("{}: no room, and nothing is under way", first().name));
    }
    return;
  }
  const SysResult<size_t> also = call(second(), taken.ok() ? *taken : size);
  note(text, &first() == &linux_ ? taken : also, &first() == &linux_ ? also : taken);
  if (!(taken == also)) {
    fail("the answers differ");
  } else if (taken.ok()) {
    file->sent += *taken;
  }
}

void Lockstep::recv(const Operation& operation) {
  recv(choose(operation.on, &FileModel::is_connected), operation.size, operation.choice % 4 == 0,
       operation.choice % 8 == 1);
}

// `plain`: read.
void Lockstep::recv(int fd, size_t size, bool peek, bool plain) {
  FileModel* file = model_.of(fd);
  plain = plain && file != nullptr && file->kind == FileModel::Kind::kSocket;
  const auto call = [&](Machine& machine, size_t count) {
    std::string& into = bytes_[&machine == &linux_];
    into.assign(size, '\0');
    const int flags = (peek && !plain ? MSG_PEEK : 0) | MSG_DONTWAIT;
    return plain ? machine.sys.read(machine.fd(fd), into.data(), count)
                 : machine.sys.recv(machine.fd(fd), into.data(), count, flags);
  };
  const std::string text =
      plain ? fmt::format("read({}, buffer, {})", fd, size)
            : fmt::format("recv({}, buffer, {}, {})", fd, size, peek ? "MSG_PEEK" : "0");
  const SysResult<size_t> got = call(first(), size);
  const SysResult<size_t> also = call(second(), tight() && got.ok() && *got > 0 ? *got : size);
  note(text, &first() == &linux_ ? got : also, &first() == &linux_ ? also : got);
  if (!(got == also)) {
    fail("the answers differ");
  } else if (got.ok() && *got > 0) {
    check_received(fd, *got, peek && !plain);
  }
}

void Lockstep::check_received(int fd, size_t count, bool peek) {
  FileModel& file = *model_.of(fd);
  for (size_t i = 0; i < count; ++i) {
    const char expected = ByteAt(file.peer, file.received + i);
    for (const std::string& bytes : bytes_) {
      if (bytes[i] != expected) {
        fail(fmt::format("byte {} of the stream is wrong", file.received + i));
        return;
      }
    }
  }
  file.received += peek ? 0 : count;
}

}  // namespace eagain::differential
