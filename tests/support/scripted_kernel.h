// ScriptedKernel: a MockSys on which a server of any strategy runs through a script, and which then
// asks it to stop.
//
// The script says what accept4 answers one after the other, and for each client what recv answers
// and how send is limited. From that follows who is ready, and select, poll and epoll_wait say so;
// told edge-triggered, a client is ready anew when more arrives after a recv that found it empty
// (EAGAIN, or fewer bytes than asked for) or takes more after a send that found it full. Time
// passes only in waits that time out and in nanosleep.
//
// A thread that is spawned runs at once, to its end, before spawn returns; so does the child of a
// fork, which is then to be reaped.
//
// It is no simulation: nothing arrives while a server is at work, and whatever the script says is
// answered, be it possible or not. Single calls can still be expected on it, as on any mock.
#pragma once

#include <gmock/gmock.h>

#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/mocks/mock_sys.h"
#include "eagain/net/stop.h"

namespace eagain {

class ScriptedKernel : public testing::NiceMock<MockSys> {
 public:
  static constexpr int kListener = 3;
  static constexpr int kEpoll = 5;
  static constexpr int kEvent = 6;
  static constexpr size_t kAll = SIZE_MAX;

  ScriptedKernel();
  ~ScriptedKernel() override;  // apart, like MockSys's

  // When the script is over, this one is requested; or before the n-th wait answers, if that is
  // earlier.
  void request_at_end(Stop& stop) { stop_ = &stop; }
  void end_at_wait(size_t n) { last_wait_ = n; }

  // The script. Answers that are used up are followed by EAGAIN (accept, recv) or by taking all
  // (send); a blocking descriptor on which nothing more comes ends the script.
  void accepts(SysResult<int> answer) { accepts_.push_back(answer); }
  void receives(int fd, std::string_view bytes) { of(fd).recvs.push_back({std::string(bytes), 0}); }
  void receives_end(int fd) { receives(fd, ""); }
  void receive_fails(int fd, int error) { of(fd).recvs.push_back({"", error}); }
  void send_takes(int fd, size_t at_most) { of(fd).sends.push_back({at_most, 0}); }
  void send_fails(int fd, int error) { of(fd).sends.push_back({0, error}); }
  void wait_fails(int error) { wait_errors_.push_back(error); }
  // What one wait answers, whatever the script says of readiness: EPOLL bits by descriptor.
  void wait_answers(std::map<int, uint32_t> ready) { wait_answers_.push_back(std::move(ready)); }
  // Errors of epoll_ctl for a client, by operation.
  void epoll_ctl_fails(int op, int fd, int error) { epoll_ctl_errors_[{op, fd}] = error; }

  // What its ring can do: choose from so many buffers, accept and receive more than once.
  unsigned provided_buffers = 1024;
  bool multishot_accept = true;
  bool multishot_receive = true;
  // What is handed over is not taken, once, when a send is among it: the errno.
  int refuses_send = 0;

  // What happened.
  struct Wait {
    int timeout_ms;
    std::map<int, uint32_t> interest;  // by descriptor: EPOLLIN, EPOLLOUT, ...
  };
  const std::vector<Wait>& waits() const { return waits_; }
  const std::string& sent(int fd) { return of(fd).sent; }
  bool closed(int fd) { return closed_.contains(fd); }
  int recv_calls(int fd) { return of(fd).recv_calls; }
  int accept_calls() const { return accept_calls_; }
  bool shut_down(int fd, int how) { return shutdowns_.contains({fd, how}); }
  int64_t now_ms() const { return now_ns_ / 1'000'000; }
  int64_t slept_ms() const { return slept_ns_ / 1'000'000; }
  // The calls for the clients and the waits, in order: "recv 10", "wait", ...
  const std::vector<std::string>& calls() const { return calls_; }

 private:
  friend class ScriptedRing;
  static constexpr size_t kMostWaits = 10'000;

  struct Received {
    std::string bytes;
    int error;
  };
  struct Sent {
    size_t at_most;
    int error;
  };
  struct Peer {
    std::deque<Received> recvs;
    std::deque<Sent> sends;
    std::string sent;
    bool edge_in = true;
    bool edge_out = true;
    int recv_calls = 0;
  };

  Peer& of(int fd) { return peers_[fd]; }
  void script_is_over();
  bool anything_left() const;
  uint32_t readiness(int fd, uint32_t interest);
  // Every wait comes here: the descriptors that are ready.
  SysResult<std::map<int, uint32_t>> wait(int timeout_ms, const std::map<int, uint32_t>& interest);

  SysResult<int> on_accept(int flags);
  SysResult<size_t> on_recv(int fd, void* buf, size_t len);
  SysResult<size_t> on_send(int fd, const void* buf, size_t len);
  SysResult<int> on_select(int nfds, fd_set* readfds, fd_set* writefds, const timeval* timeout);
  SysResult<int> on_poll(pollfd* fds, nfds_t nfds, int timeout_ms);
  SysResult<void> on_epoll_ctl(int op, int fd, const epoll_event* event);
  SysResult<int> on_epoll_wait(epoll_event* events, int maxevents, int timeout_ms);
  SysResult<void> on_nanosleep(const timespec* duration);

  Stop* stop_ = nullptr;
  size_t last_wait_ = kMostWaits;
  bool event_set_ = false;
  bool blocking_ = false;
  int64_t now_ns_ = 0;
  int64_t slept_ns_ = 0;
  int accept_calls_ = 0;
  std::deque<SysResult<int>> accepts_;
  std::deque<int> wait_errors_;
  std::deque<std::map<int, uint32_t>> wait_answers_;
  std::map<std::pair<int, int>, int> epoll_ctl_errors_;
  std::map<int, uint32_t> epoll_interest_;
  std::deque<pid_t> ended_;  // children, to be reaped
  pid_t next_pid_ = 1000;
  std::map<int, Peer> peers_;
  std::set<int> open_;
  std::set<int> closed_;
  std::set<std::pair<int, int>> shutdowns_;
  std::vector<Wait> waits_;
  std::vector<std::string> calls_;
};

}  // namespace eagain
