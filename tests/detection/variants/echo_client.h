// One client of a small server: what it is owed, and what is to be asked for. Correct, but for the one
// defect that it is given.
#pragma once

#include <map>
#include <string>

#include "defect.h"
#include "eagain/fault/sim/scenario.h"
#include "eagain/sys/sys.h"

namespace eagain::detection {

enum class Io : uint8_t {
  kMoved,    // bytes, or the news of the end: there may be more
  kBlocked,  // nothing now
  kOver,     // nothing any more
};

// What the clients of one server have in common.
struct Shared {
  Sys& sys;
  sim::Tuning tuning;
  Defect defect;
  std::map<int, std::string> queues{};  // by descriptor, for the defects that keep them there

  bool is(Defect which) const { return defect == which; }
};

class EchoClient {
 public:
  // Owns `fd`, which is non-blocking.
  EchoClient(Shared& shared, int fd);
  EchoClient(const EchoClient&) = delete;
  EchoClient& operator=(const EchoClient&) = delete;
  ~EchoClient() { close(); }

  int fd() const { return fd_; }
  bool wants_read() const { return !dead_ && !ended_ && !paused_; }
  bool wants_write() const { return !dead_ && !owed().empty(); }
  // To be destroyed, which closes.
  bool over() const { return dead_ || (ended_ && owed().empty()); }

  // Receives once, if it wants to read; and sends at once what it can.
  Io receive();
  // Sends once, if it wants to write.
  Io send();
  // Its connection counts as broken.
  void give_up() { dead_ = true; }
  // The server stops: sends what is owed, says the end, and drops what the client still sends.
  void finish();

 private:
  bool is(Defect defect) const { return shared_.is(defect); }
  const std::string& owed() const { return owed_; }
  void take(const char* bytes, size_t count);
  Io failed(int error, Defect fatal_again);
  void say_end();
  void close();

  Shared& shared_;
  int fd_;
  std::string own_;
  std::string& owed_;       // received and not yet sent
  bool paused_ = false;     // owed more than the high-water mark, and not yet less than the low one
  bool ended_ = false;      // the client sends no more
  bool dead_ = false;       // the connection broke
  bool finishing_ = false;  // what comes is dropped
  bool end_said_ = false;
};

}  // namespace eagain::detection
