// Arguments of system calls as text, for traces: the names of the manual, nothing that differs from run to run.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include <cstdint>
#include <string>

namespace eagain::fault {

std::string SocketTypeText(int type);     // "STREAM|NONBLOCK|CLOEXEC"
std::string MessageFlagsText(int flags);  // "NOSIGNAL|DONTWAIT"; "0"
std::string DescriptorFlagsText(
    int flags);                          // "NONBLOCK|CLOEXEC", of accept4, epoll_create1, eventfd
std::string StatusFlagsText(int flags);  // "NONBLOCK", of fcntl F_SETFL
std::string AddressText(const sockaddr* addr,
                        socklen_t addrlen);      // "127.0.0.1:80", "[::1]:80", "UNSPEC"
std::string OptionText(int level, int optname);  // "SOL_SOCKET SO_REUSEADDR"
std::string FcntlText(int cmd);                  // "F_SETFL"
std::string EpollOpText(int op);                 // "ADD"
std::string ClockText(clockid_t clock);          // "MONOTONIC"
std::string EpollEventsText(uint32_t events);    // "IN|OUT|ET"
std::string PollEventsText(short events);        // "IN|HUP"; "0"
std::string TimeText(const timespec& time);      // "5ms", "1s"
std::string TimeText(int timeout_ms);            // "20ms", "for ever"

// The first bytes, in quotes, others than printable ASCII as \xNN; "..." if there are more than 24.
std::string BytesText(const void* data, size_t size);

// "7:IN 9:OUT" of the entries whose mask is not 0.
std::string WaitedText(const pollfd* fds, nfds_t nfds);  // events
std::string ReadyText(const pollfd* fds, nfds_t nfds);   // revents
// "read 3 7, write 7"; a null set is left out.
std::string SetsText(int nfds, const fd_set* readfds, const fd_set* writefds,
                     const fd_set* exceptfds);

}  // namespace eagain::fault
