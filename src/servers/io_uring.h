// The server of completions: it does not ask who is ready, it hands over calls (accept, receive,
// send) and is told what they came to. One call, io_uring_enter, does all of it.
//
// A receive that waits has no buffer: the kernel chooses one of those provided when bytes come.
// Where it cannot (before Linux 5.19), the server waits for readiness by the ring, and receives into
// a buffer of its own then. Accepting is multishot where that is to be had (Linux 5.19), and one by
// one elsewhere. So is receiving (Linux 6.17), until the bytes of one buffer have come: unlimited, it
// would take of a client that does not read whatever that sends. And then nothing is to be heard of a
// send that takes everything, so that a round trip is one call.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "eagain/net/accept_pause.h"
#include "eagain/net/listener.h"
#include "eagain/servers/receive_buffers.h"
#include "eagain/servers/ring_session.h"
#include "eagain/servers/server.h"

namespace eagain {

class IoUringServer final : public Server {
 public:
  // Listens when it returns; throws as server.h says, and SysError if there is no ring to be had.
  // `sys` outlives the server.
  IoUringServer(Sys& sys, const ServerOptions& options);

  void run(Stop& stop) override;
  const std::string& address() const override { return listener_.address(); }
  uint16_t port() const override { return listener_.port(); }

 private:
  void turn(int timeout_ms);
  void complete(const Completion& completion);

  void arm_accept();
  void accepted(const Completion& completion);
  void admit(UniqueFd client);

  bool may_wait() const;
  void send_completed(RingSession& session, const Completion& completion);
  void end_silent_sends();
  void receive_completed(RingSession& session, const Completion& completion);
  void receive_when_ready(RingSession& session);
  void receive_provided(RingSession& session);
  void receive_now(RingSession& session);
  void wait_for_buffer(RingSession& session);
  void serve_hungry();
  void send_at_once(RingSession& session);
  void send_waiting(RingSession& session);
  void send(RingSession& session, int flags, bool silent);
  void settle(RingSession& session);
  void remove(RingSession& session);

  void submit(const Submission& submission);
  void cancel(uint64_t target);
  void cancel_receive(RingSession& session);
  void drain();
  void turn_until_all_left(int limit_ms);
  void cut_off();

  Sys& sys_;
  const ServerOptions options_;
  Listener listener_;
  AcceptPause pause_;
  std::unique_ptr<Ring> ring_;
  ReceiveBuffers buffers_;
  bool accepting_ = false;
  bool multishot_accept_ = true;
  bool multishot_receive_;
  bool stopping_ = false;
  bool cutting_off_ = false;
  std::vector<std::unique_ptr<RingSession>> sessions_;  // by descriptor
  size_t session_count_ = 0;
  std::deque<int> hungry_;             // descriptors of those for whom there was no buffer
  std::vector<Completion> completed_;  // in this turn
  // Those whose send is under way and says nothing if all is well, and those whose send was so.
  std::vector<RingSession*> silent_;
  std::vector<RingSession*> ended_;
};

}  // namespace eagain
