// What a wait may do with its ready events besides reporting them all: report some, or in another order.
// `chance` is a seeded number; the same number, the same choice.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <cstdint>

namespace eagain::fault {

// How many of the entries are waited for: fd >= 0.
uint64_t WaitedFor(const pollfd* fds, nfds_t nfds);
// How many bits are set in the sets, of descriptors below nfds. A set may be null.
uint64_t WaitedFor(int nfds, const fd_set* readfds, const fd_set* writefds,
                   const fd_set* exceptfds);

// Keeps `keep` of the ready entries (revents != 0) and clears the others; returns how many are kept.
int KeepSome(pollfd* fds, nfds_t nfds, uint64_t keep, uint64_t chance);
// The same for the bits of the sets.
int KeepSome(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds, uint64_t keep,
             uint64_t chance);

// Another order, never the one it was; count >= 2.
void Reorder(epoll_event* events, int count, uint64_t chance);

}  // namespace eagain::fault
