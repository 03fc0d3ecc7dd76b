// Runs one sequence on Linux and on the simulated kernel, call by call, and tells the first outcome
// of the one that is not an allowed outcome of the other.
//
// After every operation both are let come to rest: what was sent has arrived, which is waited for,
// never slept for. Then the rule is equality: the same values, the same errnos, the same bytes, the
// same readiness of every open descriptor, the same events, edges included. Exactly these outcomes
// may differ:
//
//  * Of a sequence in which neither machine is tight: none. Bytes under way stay within what every
//    buffer holds.
//  * In which one machine is tight (it has small buffers, and the other has large ones), it goes
//    first: it may take less of a send than there is, or say EAGAIN while bytes are under way that
//    way, and it may give less to a recv. The roomy machine must be able to do exactly the same:
//    it is asked for as many bytes as the tight one moved, and must move them, and the same ones.
//    While bytes are under way, the tight one may be without the EPOLLOUT of the sender, and without
//    the EPOLLRDHUP of the receiver and what goes with it (the end comes after the bytes), and an
//    epoll that watches them is then not readable; edges,
//    which come with every piece, are not compared, and nothing is reset that would take bytes away
//    that the one has delivered and the other not. A connection that both ends have shut down is over when the last
//    byte has arrived: until then, nothing is called whose answer tells.
//
// Descriptor numbers are compared too: `sim = linux - offset`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "eagain/fault/sim/sim_kernel.h"
#include "eagain/sys/sys.h"
#include "model.h"
#include "operation.h"
#include "real_kernel.h"

namespace eagain::differential {

class Lockstep {
 public:
  explicit Lockstep(const Sequence& sequence);
  Lockstep(const Lockstep&) = delete;
  Lockstep& operator=(const Lockstep&) = delete;
  ~Lockstep();

  // What was done and what was answered, and why it is wrong; nothing if all was as it may be.
  std::optional<std::string> run();
  // The calls, a line each, with both answers.
  const std::string& listing() const { return listing_; }
  uint64_t calls() const { return calls_; }

 private:
  // One of the two kernels.
  struct Machine {
    const char* name;
    Sys& sys;
    int offset;  // from the numbers of the simulation to its own
    int fd(int number) const { return number < 0 ? number : number + offset; }
  };
  // What both said.
  struct Answer {
    uint64_t value = 0;
    int error = 0;
    bool ok() const { return error == 0; }
  };

  // perform.cc
  void perform(const Operation& operation);
  void finish();
  bool failed() const { return failure_.has_value(); }
  void fail(std::string why);

  // `call` on both; they must say the same. `text` is the call in C.
  template <typename Call>
  Answer same(const std::string& text, Call call);
  // As same(), for calls that make a descriptor; the number, or -1.
  int same_descriptor(const std::string& text, const std::function<SysResult<int>(Machine&)>& call);
  template <typename T>
  void note(const std::string& text, const SysResult<T>& linux_says, const SysResult<T>& sim_says);

  // Which descriptor an operation is about: one of those that suit it, or now and then any.
  using Suits = bool (FileModel::*)() const;
  int choose(uint8_t on, Suits suits);

  // sockets.cc
  void make_connection(const Operation& operation);
  void make_socket(const Operation& operation);
  void bind(const Operation& operation);
  void listen(const Operation& operation);
  void connect(const Operation& operation);
  void accept(const Operation& operation);
  int make_socket(bool on_exec);
  void bind(int fd, int to);
  void listen(int fd);
  void connect(int fd, int to);
  int accept(int fd, bool on_exec);
  int choose_target(uint8_t other, int not_this);
  uint16_t port_of(Machine& machine, int fd);

  // endings.cc
  void shutdown(const Operation& operation);
  void reset(const Operation& operation);
  void shutdown(int fd, int how);
  bool would_lose_bytes(int fd);
  bool may_be_over(int fd);
  bool both_shut(int fd);

  // options.cc
  void take_error(const Operation& operation);
  void set_option(const Operation& operation);
  void get_option(const Operation& operation);

  // descriptors.cc
  void fcntl(const Operation& operation);
  void duplicate(const Operation& operation);
  void close(const Operation& operation);
  void close(int fd);

  // bytes.cc
  void send(const Operation& operation);
  void recv(const Operation& operation);
  void send(int fd, size_t size, bool plain);
  void recv(int fd, size_t size, bool peek, bool plain);
  void check_received(int fd, size_t count, bool peek);
  size_t clip(int fd, size_t size);

  // counters.cc
  void make_counter(const Operation& operation);
  void write_counter(const Operation& operation);
  void read_counter(const Operation& operation);

  // epolls.cc
  void make_epoll(const Operation& operation);
  void epoll_add(const Operation& operation);
  void epoll_modify(const Operation& operation);
  void epoll_delete(const Operation& operation);
  void epoll_wait(const Operation& operation);
  void epoll_control(int op, const Operation& operation);
  void compare_events(const std::map<int, uint32_t>& linux_saw,
                      const std::map<int, uint32_t>& sim_saw);

  // polls.cc
  void poll(const Operation& operation);
  void select(const Operation& operation);

  // settle.cc
  void settle();
  std::string difference();
  std::string difference_at(int fd, FileModel& file);
  std::string not_at_rest(int fd, const FileModel& file);
  uint32_t mask(Machine& machine, int fd);
  // Those bits of the readiness of `file` that need not be the same.
  uint32_t undecided(const FileModel& file);
  size_t readable(Machine& machine, int fd);

  static constexpr int kFirstNumber = 3;  // of a descriptor

  bool tight() const { return sequence_.tight != Tight::kNeither; }
  Machine& first() { return sequence_.tight == Tight::kSimulation ? sim_ : linux_; }
  Machine& second() { return sequence_.tight == Tight::kSimulation ? linux_ : sim_; }

  const Sequence& sequence_;
  std::unique_ptr<ContractKernel> real_;
  SimKernel kernel_;
  Machine linux_;
  Machine sim_;
  std::set<int> fillers_;
  int nobody_ = -1;  // a socket that is bound and does not listen
  uint16_t linux_dead_port_ = 0;
  uint16_t sim_dead_port_ = 0;
  Model model_;
  std::vector<int> watched_;  // by what was registered as data: the file
  std::string listing_;
  std::optional<std::string> failure_;
  uint64_t calls_ = 0;
  std::string bytes_[2];
};

}  // namespace eagain::differential
