#include "eagain/fault/sim/sim_kernel.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/sim/call_frame.h"
#include "eagain/fault/sim/sim_ring.h"

namespace eagain::sim {

SimKernel::SimKernel(const SimOptions& options)
    : scheduler_(random_), waker_(scheduler_), tcp_(scheduler_, waker_, random_) {
  reset(options);
}

SimKernel::~SimKernel() { scheduler_.end_others(); }

void SimKernel::reset(const SimOptions& options) {
  options_ = options;
  random_.reseed(options.seed);
  scheduler_.reset(options.switch_task);
  tcp_.reset(options_);
  descriptors_.reset(options.descriptor_limit);
  counters_.reclaim_all([](Counter& counter) { counter.begin_anew(); });
  epolls_.reclaim_all([](Epoll& epoll) { epoll.begin_anew(); });
  watches_.reclaim_all([](Watch&) {});
  faults_ = nullptr;
  observer_ = nullptr;
  trace_ = nullptr;
  calls_ = accepted_ = progress_ = 0;
  rested_ = true;
  in_handler_ = false;
}

Socket* SimKernel::find_socket(int fd) const {
  File* file = descriptors_.find(fd);
  return file != nullptr && file->kind() == File::Kind::kSocket ? static_cast<Socket*>(file)
                                                                : nullptr;
}

SysResult<Socket*> SimKernel::socket_at(int fd) {
  if (Socket* socket = find_socket(fd)) {
    return Ok(socket);
  }
  return Fail(descriptors_.find(fd) == nullptr ? EBADF : ENOTSOCK);
}

void SimKernel::enter(bool may_throw) {
  ++calls_;
  if (in_handler_) {
    return;  // in the midst of another call: time stands still
  }
  if (options_.most_calls != 0 && calls_ > options_.most_calls) {
    scheduler_.end(fmt::format("more than {} system calls", options_.most_calls));
  }
  if (calls_ % ProgramObserver::kLookEvery == 0 && observer_ != nullptr) {
    observer_->on_look();
  }
  if (may_throw || !scheduler_.ending()) {
    scheduler_.breathe(options_.call_cost);
  }
}

void SimKernel::trace_call(const char* name, int fd, int64_t value, int error) {
  auto out = std::back_inserter(*trace_);
  fmt::format_to(out, "{:6} {:9}us", calls_, scheduler_.now() / kMicrosecond);
  if (scheduler_.current() != 0) {
    fmt::format_to(out, " task {}", scheduler_.current());
  }
  fmt::format_to(out, " {}", name);
  if (fd >= 0) {
    fmt::format_to(out, "({})", fd);
  }
  if (error != 0) {
    fmt::format_to(out, " {}\n", fault::ErrnoName(error));
  } else {
    fmt::format_to(out, " = {}\n", value);
  }
}

void SimKernel::note(std::string_view line) {
  if (trace_ != nullptr) {
    fmt::format_to(std::back_inserter(*trace_), "{:6} {:9}us -- {}\n", calls_,
                   scheduler_.now() / kMicrosecond, line);
  }
}

void SimKernel::raise(const std::function<void()>& handler) {
  note("signal");
  const bool before = std::exchange(in_handler_, true);
  handler();
  in_handler_ = before;
  scheduler_.interrupt();
}

void SimKernel::begin_turn() {
  if (observer_ != nullptr) {
    observer_->on_turn(progress_, rested_);
  }
  progress_ = 0;
}

void SimKernel::end_file(File& file) {
  if (file.descriptors > 0) {
    return;
  }
  for (Watch* watch = file.watches; watch != nullptr;) {
    Watch* next = watch->next_of_file;
    watch->epoll->forget(*watch);
    watch = next;
  }
  file.watches = nullptr;
  switch (file.kind()) {
    case File::Kind::kSocket:
      tcp_.release(static_cast<Socket&>(file));
      break;
    case File::Kind::kCounter:
      counters_.give_back(static_cast<Counter&>(file));
      break;
    case File::Kind::kEpoll:
      static_cast<Epoll&>(file).forget_all();
      epolls_.give_back(static_cast<Epoll&>(file));
      break;
  }
}

SysResult<void> SimKernel::close(int fd) {
  enter(false);
  if (descriptors_.find(fd) == nullptr) {
    return leave("close", fd, SysResult<void>(Fail(EBADF)));
  }
  const int error = disturb_plainly(fault::Call::kClose, fd);
  if (descriptors_.find(fd) == nullptr) {  // while this call was late
    return leave("close", fd, SysResult<void>(Fail(EBADF)));
  }
  end_file(descriptors_.remove(fd));
  moved_on();
  return leave("close", fd, error != 0 ? SysResult<void>(Fail(error)) : Ok());
}

SysResult<int> SimKernel::fcntl(int fd, int cmd, int arg) {
  enter();
  return leave("fcntl", fd, do_fcntl(fd, cmd, arg));
}

SysResult<int> SimKernel::do_fcntl(int fd, int cmd, int arg) {
  File* file = descriptors_.find(fd);
  if (file == nullptr) {
    return Fail(EBADF);
  }
  Descriptor& descriptor = descriptors_.at(fd);
  switch (cmd) {
    case F_GETFL:
      return Ok(O_RDWR | (file->non_blocking ? O_NONBLOCK : 0));
    case F_SETFL:
      file->non_blocking = (arg & O_NONBLOCK) != 0;
      return Ok(0);
    case F_GETFD:
      return Ok(descriptor.close_on_exec ? FD_CLOEXEC : 0);
    case F_SETFD:
      descriptor.close_on_exec = (arg & FD_CLOEXEC) != 0;
      return Ok(0);
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      if (arg < 0 || arg >= descriptors_.limit()) {
        return Fail(EINVAL);
      }
      return descriptors_.install(*file, cmd == F_DUPFD_CLOEXEC, arg);
    default:
      return Fail(EINVAL);
  }
}

SysResult<int> SimKernel::eventfd(unsigned int initval, int flags) {
  enter();
  if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) != 0) {
    return leave("eventfd", -1, SysResult<int>(Fail(EINVAL)));
  }
  if (const int error = disturb_plainly(fault::Call::kEventfd, -1); error != 0) {
    return leave("eventfd", -1, SysResult<int>(Fail(error)));
  }
  if (!descriptors_.room()) {
    return leave("eventfd", -1, SysResult<int>(Fail(EMFILE)));
  }
  Counter& counter = counters_.take();
  counter.begin_anew();
  counter.count = initval;
  counter.semaphore = (flags & EFD_SEMAPHORE) != 0;
  counter.non_blocking = (flags & EFD_NONBLOCK) != 0;
  return leave("eventfd", -1, descriptors_.install(counter, (flags & EFD_CLOEXEC) != 0));
}

SysResult<void> SimKernel::clock_gettime(clockid_t clock, timespec* now) {
  enter();
  // 2023-11-14, so that who computes with the date finds one.
  const Time epoch = clock == CLOCK_REALTIME ? 1'700'000'000 : 1'000;
  now->tv_sec = epoch + scheduler_.now() / kSecond;
  now->tv_nsec = scheduler_.now() % kSecond;
  return leave("clock_gettime", -1, Ok());
}

SysResult<void> SimKernel::nanosleep(const timespec* duration, timespec* remaining) {
  enter();
  return leave("nanosleep", -1, do_nanosleep(duration, remaining));
}

SysResult<void> SimKernel::do_nanosleep(const timespec* duration, timespec* remaining) {
  if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= kSecond) {
    return Fail(EINVAL);
  }
  begin_turn();
  rested_ = duration->tv_sec > 0 || duration->tv_nsec > 0;
  const int error = disturb_plainly(fault::Call::kNanosleep, -1);
  const Time until = scheduler_.now() + duration->tv_sec * kSecond + duration->tv_nsec;
  while (error == 0 && scheduler_.now() < until) {
    if (scheduler_.wait(Scheduler::kNoChannel, until) == Woken::kBySignal) {
      break;
    }
  }
  const Time left = std::max<Time>(until - scheduler_.now(), 0);
  if (left == 0) {
    return Ok();
  }
  if (remaining != nullptr) {
    remaining->tv_sec = left / kSecond;
    remaining->tv_nsec = left % kSecond;
  }
  return Fail(EINTR);
}

SysResult<uint64_t> SimKernel::spawn(size_t /*stack_bytes*/, std::function<void()> body) {
  enter();
  moved_on();
  return leave("spawn", -1, Ok(scheduler_.spawn(std::move(body))));
}

SysResult<void> SimKernel::join(uint64_t thread) {
  enter();
  scheduler_.join(thread);
  return leave("join", -1, Ok());
}

// A fork would need a second address space.
SysResult<pid_t> SimKernel::fork(const std::function<void()>& /*prepare*/,
                                 const std::function<int()>& /*child*/) {
  enter();
  return leave("fork", -1, SysResult<pid_t>(Fail(ENOSYS)));
}

SysResult<pid_t> SimKernel::waitpid(pid_t /*pid*/, int* /*status*/, int /*options*/) {
  enter();
  return leave("waitpid", -1, SysResult<pid_t>(Fail(ECHILD)));
}

SysResult<void> SimKernel::kill(pid_t /*pid*/, int /*signal*/) {
  enter();
  return leave("kill", -1, SysResult<void>(Fail(ESRCH)));
}

// Signals are raised from outside, with the handler (raise).
SysResult<void> SimKernel::sigaction(int /*signal*/, const struct sigaction* /*action*/,
                                     struct sigaction* /*before*/) {
  enter();
  return leave("sigaction", -1, Ok());
}

SysResult<std::unique_ptr<Ring>> SimKernel::io_uring_setup(unsigned /*entries*/) {
  enter();
  static_cast<void>(leave("io_uring_setup", -1, Ok()).ok());
  return Ok(std::unique_ptr<Ring>(std::make_unique<SimRing>(*this)));
}

Time SimKernel::deadline_of(const timeval& timeout) const {
  return timeout.tv_sec == 0 && timeout.tv_usec == 0
             ? kNever
             : scheduler_.now() + timeout.tv_sec * kSecond + timeout.tv_usec * kMicrosecond;
}

Time SimKernel::deadline_ms(int timeout_ms) const {
  return timeout_ms < 0 ? kNever : scheduler_.now() + timeout_ms * kMillisecond;
}

}  // namespace eagain::sim
