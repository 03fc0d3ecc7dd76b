// What a traced process does about signals: the part of sigaction(2) that decides whether a call is
// interrupted or made again, signal(7).
#pragma once

#include <array>
#include <cstdint>

namespace eagain::fault {

class SignalActions {
 public:
  // rt_sigaction succeeded. `handler` is SIG_DFL (0), SIG_IGN (1) or an address.
  void set(int number, uint64_t handler, uint64_t flags);
  // execve: handlers are gone, what is ignored stays ignored.
  void exec();

  // A handler is installed for some signal that comes from outside; one without SA_RESTART.
  bool any() const { return any_; }
  bool interruptible() const { return interruptible_; }

  // Whether a call that answered `result` (-ERESTARTSYS or the like) to the kernel is made again
  // after this signal; `number` 0: after a stop without a handler.
  bool restarts(int64_t result, int number) const;

  // The result of a call that is made again whatever the signal (-ERESTARTNOINTR).
  static constexpr int64_t kMadeAgain = -513;
  // Whether a call's result says that the kernel interrupted it, and may make it again.
  static bool Interrupted(int64_t result);

 private:
  struct Action {
    bool handled = false;
    bool restart = false;
  };
  static constexpr int kSignals = 65;
  std::array<Action, kSignals> actions_{};
  bool any_ = false;
  bool interruptible_ = false;
};

}  // namespace eagain::fault
