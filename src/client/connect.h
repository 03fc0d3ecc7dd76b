// Connecting to a server that a user has named.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eagain/net/address.h"
#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

// The addresses that `host` stands for, in the order in which to try them: an IPv4 or IPv6 literal
// stands for itself, localhost for 127.0.0.1 and ::1, anything else is asked of the name service
// (getaddrinfo(3)). Throws std::invalid_argument when nobody knows the name.
std::vector<Address> Resolve(const std::string& host, uint16_t port);

// A blocking socket connected to the first of `addresses` (one at least) that answers. Throws
// SysError, about the first address, when none does.
UniqueFd ConnectToFirst(Sys& sys, const std::vector<Address>& addresses);

}  // namespace eagain
