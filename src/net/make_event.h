// An eventfd, for telling a server's wait that something has happened. See eventfd(2).
#pragma once

#include <sys/eventfd.h>

#include <string>

#include "eagain/sys/sys_error.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

// Non-blocking, at 0. Throws SysError if there is none to be had: "cannot make the eventfd" and then
// `what_for` ("that a stop is told by").
inline UniqueFd MakeEvent(Sys& sys, const std::string& what_for) {
  const SysResult<int> fd = sys.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (!fd) {
    throw SysError("cannot make the eventfd " + what_for, fd.error());
  }
  return {sys, *fd};
}

}  // namespace eagain
