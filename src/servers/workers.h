// Workers: those who serve a client each, by blocking calls, from its arrival to its end - what the
// threads and processes servers differ in. Everything else they share is the Dispatcher.
#pragma once

#include <cstddef>

#include "eagain/sys/unique_fd.h"

namespace eagain {

class Workers {
 public:
  Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  // Cuts off whoever is still served, and waits for its worker to end.
  virtual ~Workers() = default;

  // Gives `client` to a worker of its own. If none is to be had (EAGAIN, ENOMEM) says so and takes
  // nothing.
  virtual SysResult<void> serve(UniqueFd& client) = 0;

  // Nobody else may come until somebody has left.
  virtual bool full() const { return false; }

  // Readable when workers have ended; then note_ends() is to be called. It may be that this is not
  // told but of those that end after a call of watch_ends().
  virtual int ends_fd() const = 0;
  virtual void watch_ends() {}
  virtual void note_ends() = 0;

  // The stop is requested: has everybody finish, and waits until all have, which is bounded.
  virtual void finish() = 0;

  // How many clients are being served.
  virtual size_t count() = 0;
};

}  // namespace eagain
