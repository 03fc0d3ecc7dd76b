// What a descriptor refers to (an "open file description"): several descriptors may refer to one,
// and it ends with the last of them.
#pragma once

#include <sys/epoll.h>

#include <cstdint>

#include "eagain/fault/sim/agenda.h"

namespace eagain::sim {

class Epoll;
class File;

// One entry of an epoll's set: this file under this descriptor number.
struct Watch {
  Epoll* epoll = nullptr;
  File* file = nullptr;
  int fd = -1;
  uint32_t events = 0;
  epoll_data_t data{};
  bool in_ready_list = false;
  Watch* next_of_file = nullptr;
};

// Not an owner: who looks at a file without a descriptor (a simulated client).
class FileObserver {
 public:
  // Something happened to `file`; it may be ready. Called in the midst of things: take note only.
  virtual void on_change(File& file) = 0;

 protected:
  ~FileObserver() = default;
};

class File : public EventTarget {
 public:
  enum class Kind : uint8_t { kSocket, kCounter, kEpoll };

  explicit File(Kind kind) : kind_(kind) {}
  virtual ~File() = default;

  Kind kind() const { return kind_; }

  // Files other than sockets have no events of their own.
  void on_event(uint32_t /*what*/) override {}

  // What poll(2) and epoll_wait(2) would say now, in EPOLL* bits. To ask is to be told of the change
  // later: a stream without room takes note that somebody wants to know of it.
  virtual uint32_t readiness() = 0;
  // The program was told `mask` by a wait.
  virtual void told(uint32_t /*mask*/) {}

  int descriptors = 0;  // how many refer to it
  bool non_blocking = false;
  Watch* watches = nullptr;  // the epoll sets it is in
  FileObserver* observer = nullptr;

 protected:
  void begin_anew() {
    descriptors = 0;
    non_blocking = false;
    watches = nullptr;
    observer = nullptr;
  }

 private:
  Kind kind_;
};

}  // namespace eagain::sim
