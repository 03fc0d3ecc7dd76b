#include "eagain/servers/connection_threads.h"

#include <vector>

#include "eagain/net/make_event.h"
#include "eagain/servers/serve_to_the_end.h"

namespace eagain {

ConnectionThreads::ConnectionThreads(Sys& sys, const ServerOptions& options, const Stop& stop)
    : sys_(sys),
      options_(options),
      stop_(stop),
      left_(MakeEvent(sys, "that threads tell their end by")) {}

ConnectionThreads::~ConnectionThreads() {
  shut_down_all(SHUT_RDWR);
  join_all();
}

SysResult<void> ConnectionThreads::serve(UniqueFd& client) {
  Place place;
  {
    const std::lock_guard lock(mutex_);
    place = connections_.emplace(connections_.end(), sys_, options_.session, std::move(client));
  }
  const SysResult<uint64_t> thread = sys_.spawn(kStackBytes, [this, place] { run(place); });
  if (!thread) {
    const std::lock_guard lock(mutex_);
    client = std::move(place->client);
    connections_.erase(place);
    return Fail(thread.error());
  }
  {
    const std::lock_guard lock(mutex_);
    place->thread = *thread;
    if (!place->over) {
      return Ok();
    }
  }
  ended(place);
  return Ok();
}

void ConnectionThreads::run(Place connection) {
  {
    Session session(connection->context, std::move(connection->client));
    ServeToTheEnd(sys_, options_, stop_, session);
    about_to_close(*connection);
  }
  tell_that_one_left();
  {
    const std::lock_guard lock(mutex_);
    if (connection->thread == 0) {
      connection->over = true;
      return;
    }
  }
  ended(connection);
}

void ConnectionThreads::about_to_close(Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    connection.fd = -1;
  }
  while (shutting_down_.load()) {
    const timespec moment{.tv_sec = 0, .tv_nsec = 100'000};
    static_cast<void>(sys_.nanosleep(&moment, nullptr).ok());
  }
}

void ConnectionThreads::note_ends() {
  uint64_t count = 0;
  static_cast<void>(sys_.read(left_.get(), &count, sizeof count).ok());
}

void ConnectionThreads::tell_that_one_left() {
  if (leaving_watched_.exchange(false)) {
    const uint64_t one = 1;
    static_cast<void>(sys_.write(left_.get(), &one, sizeof one).ok());
  }
}

void ConnectionThreads::ended(Place connection) {
  uint64_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!connection->awaited) {
      before = std::exchange(last_ended_, connection->thread);
    }
    connections_.erase(connection);
  }
  if (before != 0) {
    static_cast<void>(sys_.join(before).ok());
  }
}

void ConnectionThreads::finish() {
  shut_down_all(SHUT_RD);
  join_all();
}

void ConnectionThreads::shut_down_all(int how) {
  shutting_down_ = true;
  std::vector<int> descriptors;
  {
    const std::lock_guard lock(mutex_);
    for (const Connection& connection : connections_) {
      if (connection.fd >= 0) {
        descriptors.push_back(connection.fd);
      }
    }
  }
  for (const int fd : descriptors) {
    // ENOTCONN: the peer was faster.
    static_cast<void>(sys_.shutdown(fd, how).ok());
  }
  shutting_down_ = false;
}

void ConnectionThreads::join_all() {
  std::vector<uint64_t> threads;
  {
    const std::lock_guard lock(mutex_);
    for (Connection& connection : connections_) {
      connection.awaited = true;
      threads.push_back(connection.thread);
    }
    if (last_ended_ != 0) {
      threads.push_back(std::exchange(last_ended_, 0));
    }
  }
  for (const uint64_t thread : threads) {
    static_cast<void>(sys_.join(thread).ok());
  }
}

size_t ConnectionThreads::count() {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

}  // namespace eagain
