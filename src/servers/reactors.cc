#include "eagain/servers/reactors.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "eagain/servers/epoll_poller.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

size_t LoopsOf(const ServerOptions& options) {
  return options.loops > 0 ? options.loops : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

ReactorsServer::ReactorsServer(Sys& sys, const ServerOptions& options)
    : sys_(sys), exchange_(sys, LoopsOf(options)) {
  ServerOptions each = options;
  for (size_t i = 0; i < LoopsOf(options); ++i) {
    Reactor::Place place{.sharing = i == 0 ? PortSharing::kFirst : PortSharing::kJoin,
                         .exchange = &exchange_,
                         .loop = i};
    loops_.push_back(
        std::make_unique<Reactor>(sys, each, std::make_unique<EpollPoller>(sys), place));
    each.port = loops_.front()->port();
  }
}

void ReactorsServer::run(Stop& stop) {
  std::vector<uint64_t> threads;
  for (size_t i = 1; i < loops_.size() && !stop.requested(); ++i) {
    const SysResult<uint64_t> thread =
        sys_.spawn(kStackBytes, [this, i, &stop] { run_loop(i, stop); });
    if (!thread) {
      // Its listener would be dealt connections that nobody accepts.
      failed(std::make_exception_ptr(SysError("cannot start a loop's thread", thread.error())),
             stop);
      break;
    }
    threads.push_back(*thread);
  }
  run_loop(0, stop);
  for (const uint64_t thread : threads) {
    static_cast<void>(sys_.join(thread).ok());
  }
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

void ReactorsServer::run_loop(size_t loop, Stop& stop) {
  try {
    loops_[loop]->run(stop);
  } catch (const SysError&) {
    failed(std::current_exception(), stop);
  }
}

void ReactorsServer::failed(std::exception_ptr why, Stop& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) {
      failure_ = std::move(why);
    }
  }
  stop.request();
}

}  // namespace eagain
