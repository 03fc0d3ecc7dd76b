// epoll(7): a set of watches, of which those that had news are in the ready list. As in Linux, news
// only puts a watch into the list; what is reported is what is true when the list is looked at, a
// level-triggered watch goes back to the end of the list, and an edge-triggered one does not.
#pragma once

#include <vector>

#include "eagain/fault/sim/file.h"
#include "eagain/fault/sim/pool.h"
#include "eagain/fault/sim/random.h"
#include "eagain/fault/sim/waker.h"
#include "eagain/sys/sys_result.h"

namespace eagain::sim {

// What may be asked besides readiness: how it is to be told.
constexpr uint32_t kEpollModes = EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP;

// In which order a batch is given, and how much of it.
struct Batch {
  int most = 0;           // not more than this many
  bool shuffled = false;  // in an order drawn from the source
  bool reversed = false;
};

class Epoll final : public File {
 public:
  Epoll() : File(Kind::kEpoll) {}

  void begin_anew() {
    File::begin_anew();
    all_.clear();
    ready_.clear();
  }
  // `pool` lends the entries. Both outlive this.
  void begin(Pool<Watch>& pool, Waker& waker) {
    pool_ = &pool;
    waker_ = &waker;
  }

  SysResult<void> add(File& file, int fd, const epoll_event& event);
  SysResult<void> modify(File& file, int fd, const epoll_event& event);
  SysResult<void> remove(File& file, int fd);

  // The events that are ready, at most batch.most of them.
  int collect(epoll_event* events, const Batch& batch, Random& random);
  // How many watches have had news and are ready, without taking anything.
  int count_ready();
  uint32_t readiness() override;

  // The file of this watch had news.
  void notice(Watch& watch, uint32_t news);
  // The file of this watch has ended.
  void forget(Watch& watch);
  // This set has ended.
  void forget_all();

  // The watch of this file under this number, or nullptr.
  static Watch* FindWatch(const Epoll& epoll, const File& file, int fd);

 private:
  void enlist(Watch& watch);
  void unlink_from_file(Watch& watch);

  Pool<Watch>* pool_ = nullptr;
  Waker* waker_ = nullptr;
  std::vector<Watch*> all_;
  std::vector<Watch*> ready_;
  std::vector<Watch*> scratch_;
};

}  // namespace eagain::sim
