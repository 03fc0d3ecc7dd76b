// What both kernels must agree on, as far as it has to be known to tell what is comparable: which
// numbers are open and what they refer to, whose peer is whose, and how far each stream has got.
// Everything else - states, masks, errors - is left to the kernels.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace eagain::differential {

struct FileModel {
  enum class Kind : uint8_t { kSocket, kCounter, kEpoll };

  Kind kind = Kind::kSocket;
  int descriptors = 0;
  bool listening = false;
  bool bound = false;       // by bind, and neither used nor lost since
  bool connected = false;   // was told to connect, or was accepted
  uint16_t linux_port = 0;  // of a listener
  uint16_t sim_port = 0;
  int peer = -1;          // the file at the other end, once it is accepted
  std::deque<int> queue;  // of a listener: the clients that wait, oldest first
  uint64_t sent = 0;      // bytes taken from the program
  uint64_t received = 0;  // bytes given to it
  bool shut = false;      // by shutdown(SHUT_WR)
  bool lingers = false;   // SO_LINGER {1, 0}: its last close is a reset

  bool is_any() const { return true; }
  bool is_socket() const { return kind == Kind::kSocket; }
  bool is_fresh() const { return is_socket() && !connected && !listening; }
  bool is_connected() const { return is_socket() && connected; }
  bool is_listener() const { return listening; }
  bool is_counter() const { return kind == Kind::kCounter; }
  bool is_epoll() const { return kind == Kind::kEpoll; }
  bool is_watchable() const { return kind != Kind::kEpoll; }
};

class Model {
 public:
  int open(FileModel::Kind kind, int fd) {
    files_.emplace_back().kind = kind;
    const int file = static_cast<int>(files_.size()) - 1;
    refer(fd, file);
    return file;
  }
  void refer(int fd, int file) {
    descriptors_[fd] = file;
    ++at(file).descriptors;
  }
  void close(int fd) {
    --of(fd)->descriptors;
    descriptors_.erase(fd);
  }

  const std::map<int, int>& descriptors() const { return descriptors_; }
  FileModel& at(int file) { return files_[static_cast<size_t>(file)]; }
  // The file behind `fd`; nullptr if it is not open.
  FileModel* of(int fd) {
    auto found = descriptors_.find(fd);
    return found == descriptors_.end() ? nullptr : &at(found->second);
  }
  int number_of(int fd) const { return descriptors_.at(fd); }

  // Bytes that this end has sent and the other end has not taken.
  uint64_t under_way_from(const FileModel& file) {
    return file.sent - (file.peer < 0 ? 0 : at(file.peer).received);
  }
  uint64_t under_way_to(const FileModel& file) {
    return file.peer < 0 ? 0 : at(file.peer).sent - file.received;
  }

 private:
  std::map<int, int> descriptors_;
  std::vector<FileModel> files_;
};

}  // namespace eagain::differential
