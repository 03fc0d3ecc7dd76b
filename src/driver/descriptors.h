// The descriptors of a server's processes, as the kernel shows them: proc_pid_fd(5),
// proc_pid_fdinfo(5). Reading them takes the right to trace the process (ptrace(2)); where that is
// missing, they are not found.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace eagain::driver {

// A descriptor of one process.
struct Held {
  pid_t pid = 0;
  int fd = -1;
};

// Who in the tree below `root` holds the socket with that inode (TcpSocket::inode).
std::vector<Held> HoldersOf(pid_t root, uint64_t inode);
// The inode of the socket that is descriptor `fd` of the process; nothing when it is no socket.
std::optional<uint64_t> SocketInode(pid_t pid, int fd);

// The flags of open(2) that it has now: O_NONBLOCK among them.
std::optional<int> DescriptorFlags(const Held& held);

// What one epoll instance of the process watches: epoll_ctl(2).
struct Registration {
  int fd = -1;
  uint32_t events = 0;  // EPOLLIN, EPOLLET, ...
};
// Of all epoll instances of the process, in no order.
std::vector<Registration> Registrations(pid_t pid);

}  // namespace eagain::driver
