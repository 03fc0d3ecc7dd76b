// SimKernel: recv, send, read, write.
#include <algorithm>
#include <cstring>

#include "eagain/fault/sim/call_frame.h"
#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {

SysResult<size_t> SimKernel::recv(int fd, void* buf, size_t len, int flags) {
  enter();
  return leave("recv", fd, do_recv(fault::Call::kRecv, fd, buf, len, flags));
}

SysResult<size_t> SimKernel::do_recv(fault::Call call, int fd, void* buf, size_t len, int flags) {
  const SysResult<Socket*> found = socket_at(fd);
  if (!found) {
    return Fail(found.error());
  }
  Socket& socket = **found;
  const Pin pin(*this, socket);  // the call may be late
  if (const int error = disturb_recv(socket, call, fd, len, flags); error != 0) {
    return Fail(error);
  }
  const bool peek = (flags & MSG_PEEK) != 0;
  const bool blocking = !socket.non_blocking && (flags & MSG_DONTWAIT) == 0;
  const size_t wanted = blocking && !peek && (flags & MSG_WAITALL) != 0 ? len : 1;
  char* bytes = static_cast<char*>(buf);
  size_t got = 0;
  const auto attempt = [&]() -> SysResult<size_t> {
    if (got > 0 && socket.readable() == 0) {
      // The end, or the error, is the next call's.
      return socket.read_shut ? Ok(got) : SysResult<size_t>(Fail(EAGAIN));
    }
    const SysResult<size_t> part = tcp_.recv(socket, bytes + got, len - got, peek);
    got += part.ok() ? *part : 0;
    return got > 0 && got < std::min(wanted, len) ? Fail(EAGAIN) : part;
  };
  const bool end_was_known = socket.end_noticed;
  const timeval& timeout = socket.settings.receive_timeout;
  const SysResult<size_t> result = wait_while_again(socket, blocking, timeout, attempt);
  if (got == 0 && result.ok() && end_was_known) {
    return result;  // no news, and nobody got further
  }
  return transferred(result, got);
}

// What recv and send answer: the bytes moved, if any, whatever came after them.
SysResult<size_t> SimKernel::transferred(SysResult<size_t> result, size_t count) {
  if (count > 0 || (result.error() != EAGAIN && result.error() != EINTR)) {
    moved_on();
  }
  return count > 0 ? Ok(count) : result;
}

SysResult<size_t> SimKernel::send(int fd, const void* buf, size_t len, int flags) {
  enter();
  return leave("send", fd, do_send(fault::Call::kSend, fd, buf, len, flags));
}

SysResult<size_t> SimKernel::do_send(fault::Call call, int fd, const void* buf, size_t len,
                                     int flags) {
  const SysResult<Socket*> found = socket_at(fd);
  if (!found) {
    return Fail(found.error());
  }
  Socket& socket = **found;
  const Pin pin(*this, socket);  // the call may be late
  if (const int error = disturb_send(socket, call, fd, len, flags); error != 0) {
    return Fail(error);
  }
  const bool blocking = !socket.non_blocking && (flags & MSG_DONTWAIT) == 0;
  const char* bytes = static_cast<const char*>(buf);
  size_t sent = 0;
  const auto attempt = [&]() -> SysResult<size_t> {
    if (sent > 0 && !socket.sendable()) {
      return Ok(sent);  // the error is the next call's
    }
    const SysResult<size_t> part = tcp_.send(socket, bytes + sent, len - sent);
    sent += part.ok() ? *part : 0;
    return part.ok() && sent < len ? Fail(EAGAIN) : part;
  };
  const timeval& timeout = socket.settings.send_timeout;
  const SysResult<size_t> result = wait_while_again(socket, blocking, timeout, attempt);
  if (sent == 0 && result.error() == EPIPE) {
    moved_on();
    return broken_pipe(flags);
  }
  return transferred(result, sent);
}

SysResult<size_t> SimKernel::broken_pipe(int flags) {
  if ((flags & MSG_NOSIGNAL) == 0 && !options_.sigpipe_ignored) {
    note("SIGPIPE ends the program");
    scheduler_.end("SIGPIPE ended the program");
    scheduler_.breathe(0);
  }
  return Fail(EPIPE);
}

SysResult<size_t> SimKernel::read(int fd, void* buf, size_t count) {
  enter();
  File* file = descriptors_.find(fd);
  if (file == nullptr) {
    return leave("read", fd, SysResult<size_t>(Fail(EBADF)));
  }
  switch (file->kind()) {
    case File::Kind::kSocket:
      if (count == 0) {  // unlike recv, it does not look at the socket
        return leave("read", fd, Ok(size_t{0}));
      }
      return leave("read", fd, do_recv(fault::Call::kRead, fd, buf, count, 0));
    case File::Kind::kCounter:
      return leave("read", fd, read_counter(static_cast<Counter&>(*file), buf, count));
    case File::Kind::kEpoll:
      break;
  }
  return leave("read", fd, SysResult<size_t>(Fail(EINVAL)));
}

SysResult<size_t> SimKernel::write(int fd, const void* buf, size_t count) {
  enter();
  File* file = descriptors_.find(fd);
  if (file == nullptr) {
    return leave("write", fd, SysResult<size_t>(Fail(EBADF)));
  }
  switch (file->kind()) {
    case File::Kind::kSocket:
      return leave("write", fd, do_send(fault::Call::kWrite, fd, buf, count, 0));
    case File::Kind::kCounter:
      return leave("write", fd, write_counter(static_cast<Counter&>(*file), buf, count));
    case File::Kind::kEpoll:
      break;
  }
  return leave("write", fd, SysResult<size_t>(Fail(EINVAL)));
}

SysResult<size_t> SimKernel::read_counter(Counter& counter, void* buf, size_t count) {
  if (count < sizeof(uint64_t)) {
    return Fail(EINVAL);
  }
  const SysResult<void> there =
      wait_while_again(counter, !counter.non_blocking, timeval{}, [&]() -> SysResult<void> {
        return counter.count > 0 ? Ok() : SysResult<void>(Fail(EAGAIN));
      });
  if (!there) {
    return Fail(there.error());
  }
  const uint64_t taken = counter.semaphore ? 1 : counter.count;
  counter.count -= taken;
  std::memcpy(buf, &taken, sizeof taken);
  moved_on();
  waker_.wake(counter, EPOLLOUT);
  return Ok(sizeof taken);
}

SysResult<size_t> SimKernel::write_counter(Counter& counter, const void* buf, size_t count) {
  uint64_t added = 0;
  if (count < sizeof added) {
    return Fail(EINVAL);
  }
  std::memcpy(&added, buf, sizeof added);
  if (added == UINT64_MAX) {
    return Fail(EINVAL);
  }
  const SysResult<void> room =
      wait_while_again(counter, !counter.non_blocking, timeval{}, [&]() -> SysResult<void> {
        return added <= Counter::kMost - counter.count ? Ok() : SysResult<void>(Fail(EAGAIN));
      });
  if (!room) {
    return Fail(room.error());
  }
  counter.count += added;
  moved_on();
  waker_.wake(counter, EPOLLIN);
  return Ok(sizeof added);
}

}  // namespace eagain::sim
