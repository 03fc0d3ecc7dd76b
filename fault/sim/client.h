// A simulated client of an echo server: it follows its script, reacting to what happens to its
// socket, and checks every byte that comes back. No fiber and no descriptor: thousands of them run
// in the time of a few system calls.
#pragma once

#include <cstdint>
#include <string>

#include "eagain/fault/sim/agenda.h"
#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {

enum class Ending : uint8_t {
  kClose,      // once everything has come back
  kHalfClose,  // shuts down its sending when all is sent, and reads to the end
  kReset,      // resets the connection when all is sent, whatever is under way
  kStay,       // stays until the server ends the connection
};

struct ClientScript {
  Time connects_at = 0;
  uint32_t messages = 10;
  uint32_t message_size = 64;  // bytes
  bool pipelined = false;      // sends without waiting for the echo
  bool reads = true;
  uint32_t read_size = 16 * 1024;  // bytes at a time
  Time read_pause = 0;             // between reads: a slow reader
  uint64_t stalls_after = 0;       // bytes received, then it stops reading for a while; 0: never
  Time stall = 0;                  // for so long
  Time message_pause = 0;          // between messages
  Ending ending = Ending::kClose;
  bool floods = false;  // sends message after message until all others are done, then ends

  uint64_t total() const { return uint64_t{messages} * message_size; }
  bool operator==(const ClientScript&) const = default;
};

// "10 messages of 64 bytes, pipelined, then half-close"
std::string Describe(const ClientScript& script);

class Client;

// Who has to know how far a client is.
class ClientOwner {
 public:
  // It has had what it came for: it is done, or stays and asks for nothing more. Once.
  virtual void on_client_settled(Client& client) = 0;
  // Something is wrong, see client.complaint().
  virtual void on_complaint(Client& client) = 0;
  // The port where the server listens, 0 if it does not yet.
  virtual uint16_t port() = 0;
  // Whether the server was asked to stop: from then on connections may end at any moment.
  virtual bool stopping() const = 0;
  virtual bool others_done() const = 0;

 protected:
  ~ClientOwner() = default;
};

class Client final : public FileObserver, public EventTarget {
 public:
  // Begins its life: nothing of a former one is left. All outlive it.
  void begin(SimKernel& kernel, ClientOwner& owner, uint32_t number, const ClientScript& script);

  uint32_t number() const { return number_; }  // from 1 on
  const ClientScript& script() const { return script_; }
  // Its connection is over.
  bool done() const { return done_; }
  bool settled() const { return settled_; }
  uint64_t sent() const { return sent_; }
  uint64_t received() const { return received_; }
  // A fault ended the connection, or allowed the server to: it need not have got everything.
  bool excused() const { return excused_ || (socket_ != nullptr && socket_->excused); }
  // What went wrong for this client, if anything did.
  const std::string& complaint() const { return complaint_; }
  // Its end of the connection; nullptr before and after.
  const Socket* socket() const { return socket_; }
  // The server's end.
  const Socket* server_end() const { return socket_ != nullptr ? socket_->peer : nullptr; }
  // Others are done: who floods may end.
  void poke() { react(); }

  void on_change(File& file) override;
  void on_event(uint32_t what) override;

 private:
  enum Happening : uint32_t { kConnect, kStep, kStallEnds };

  void connect();
  void step();
  void receive();
  void verify(const char* bytes, size_t count);
  void send();
  uint64_t may_send();
  void conclude();
  void finish();
  void settle();
  void complain(std::string what);
  void react();
  void wake_after(Time delay, uint32_t what);

  SimKernel* kernel_ = nullptr;
  ClientOwner* owner_ = nullptr;
  Socket* socket_ = nullptr;
  ClientScript script_;
  uint32_t number_ = 0;
  uint64_t total_ = 0;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  uint64_t answered_ =
      0;  // of received_, what is whole messages: only looked at while not pipelined
  Time next_message_at_ = 0;
  bool step_pending_ = false;
  bool stalled_ = false;
  bool has_stalled_ = false;
  bool shut_ = false;
  bool end_seen_ = false;
  bool done_ = false;
  bool settled_ = false;
  bool excused_ = false;
  int error_ = 0;
  std::string complaint_;
};

}  // namespace eagain::sim
