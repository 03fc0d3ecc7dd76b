// Lockstep: socket options.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <iterator>

#include "lockstep_calls.h"

namespace eagain::differential {
namespace {

struct Option {
  const char* name;
  int level, number;
};
constexpr Option kError = {"SOL_SOCKET, SO_ERROR", SOL_SOCKET, SO_ERROR};
constexpr Option kOptions[] = {{"SOL_SOCKET, SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR},
                               {"SOL_SOCKET, SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE},
                               {"IPPROTO_TCP, TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY},
                               {"SOL_SOCKET, SO_ACCEPTCONN", SOL_SOCKET, SO_ACCEPTCONN},
                               {"SOL_SOCKET, SO_TYPE", SOL_SOCKET, SO_TYPE},
                               {"SOL_SOCKET, 9999", SOL_SOCKET, 9999}};

SysResult<int> Get(Sys& sys, int fd, const Option& option) {
  int value = 0;
  socklen_t length = sizeof value;
  const SysResult<void> got = sys.getsockopt(fd, option.level, option.number, &value, &length);
  return got.ok() ? Ok(value) : SysResult<int>(Fail(got.error()));
}

}  // namespace

void Lockstep::take_error(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_socket);
  same(fmt::format("getsockopt({}, {})", fd, kError.name),
       [&](Machine& machine) { return Get(machine.sys, machine.fd(fd), kError); });
}

void Lockstep::set_option(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_socket);
  const Option& option = kOptions[operation.choice % std::size(kOptions)];
  const int value = operation.other % 3;
  same(fmt::format("setsockopt({}, {}, {})", fd, option.name, value), [&](Machine& machine) {
    return machine.sys.setsockopt(machine.fd(fd), option.level, option.number, &value,
                                  sizeof value);
  });
}

void Lockstep::get_option(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_socket);
  const Option& option = kOptions[operation.choice % std::size(kOptions)];
  same(fmt::format("getsockopt({}, {})", fd, option.name),
       [&](Machine& machine) { return Get(machine.sys, machine.fd(fd), option); });
}

}  // namespace eagain::differential
