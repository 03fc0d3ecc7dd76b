#include "eagain/fault/sim/scheduler.h"

#include <cxxabi.h>

#include <algorithm>
#include <boost/context/preallocated.hpp>
#include <cassert>
#include <cstring>
#include <exception>
#include <utility>

namespace eagain::sim {
namespace {

const char kAny = 0;
const char kNone = 0;

// How long a task may keep the others waiting when the dice never say "switch".
constexpr uint32_t kMostTurnsInARow = 64;

}  // namespace

const void* const Scheduler::kAnyChannel = &kAny;
const void* const Scheduler::kNoChannel = &kNone;

void Scheduler::reset(uint32_t switch_per_mille) {
  end_others();
  if (tasks_.empty()) {
    tasks_.push_back(std::make_unique<Task>());
    tasks_.front()->stack.adopt();
  }
  Task& root = *tasks_.front();
  root.waiting = false;
  current_ = &root;
  agenda_.clear();
  now_ = 0;
  switch_per_mille_ = switch_per_mille;
  turns_ = 0;
  next_id_ = 1;
  waiting_ = 0;
  ending_ = false;
  end_reason_.clear();
}

void Scheduler::breathe(Time cost) {
  if (ending_) {
    if (std::uncaught_exceptions() == 0) {
      throw SimulationOver{end_reason_};
    }
    return;
  }
  now_ += cost;
  while (agenda_.first() <= now_) {
    agenda_.happen();
  }
  if (tasks_.size() > 1) {
    expire_deadlines();
    let_others_go_first();
  }
}

Woken Scheduler::wait(const void* channel, Time deadline) {
  if (ending_) {
    return refuse_to_wait();
  }
  Task& self = *current_;
  self.channel = channel;
  self.deadline = deadline;
  self.woken = self.timed_out = self.signalled = false;
  self.waiting = true;
  ++waiting_;
  while (!self.woken && !ending_) {
    if (Task* other = choose_other()) {
      switch_to(*other);
    } else if (!pass_time()) {
      end("nothing is left that could end the wait");
    }
  }
  self.waiting = false;
  --waiting_;
  if (ending_) {
    return refuse_to_wait();
  }
  if (tasks_.size() > 1) {
    let_others_go_first();
  }
  return self.signalled ? Woken::kBySignal : self.timed_out ? Woken::kByTime : Woken::kByChange;
}

// A stack that unwinds may still ask for a wait (a destructor that joins a thread): then the others
// are ended first, and the wait is over.
Woken Scheduler::refuse_to_wait() {
  if (std::uncaught_exceptions() == 0) {
    throw SimulationOver{end_reason_};
  }
  if (current_ == tasks_.front().get()) {
    end_others();
  }
  return Woken::kBySignal;
}

void Scheduler::wake(const void* channel) {
  ++wakes_;
  if (waiting_ == 0) {
    return;
  }
  for (const std::unique_ptr<Task>& task : tasks_) {
    if (task->waiting && (task->channel == channel || task->channel == kAnyChannel)) {
      task->woken = true;
    }
  }
}

void Scheduler::interrupt() {
  Task& root = *tasks_.front();
  if (root.waiting) {
    root.woken = root.signalled = true;
  }
}

bool Scheduler::pass_time() {
  Time next = agenda_.first();
  for (const std::unique_ptr<Task>& task : tasks_) {
    if (task->waiting) {
      next = std::min(next, task->deadline);
    }
  }
  if (next == kNever) {
    return false;
  }
  now_ = std::max(now_, next);
  if (agenda_.first() <= now_) {
    agenda_.happen();
  }
  expire_deadlines();
  return true;
}

void Scheduler::expire_deadlines() {
  for (const std::unique_ptr<Task>& task : tasks_) {
    if (task->waiting && !task->woken && task->deadline <= now_) {
      task->woken = task->timed_out = true;
    }
  }
}

Scheduler::Task* Scheduler::choose_other() {
  if (tasks_.size() == 1) {
    return nullptr;
  }
  forget_finished();
  uint32_t candidates = 0;
  for (const std::unique_ptr<Task>& task : tasks_) {
    candidates += task.get() != current_ && runnable(*task);
  }
  if (candidates == 0) {
    return nullptr;
  }
  uint32_t skip = candidates == 1 ? 0 : random_.below(candidates);
  for (const std::unique_ptr<Task>& task : tasks_) {
    if (task.get() != current_ && runnable(*task) && skip-- == 0) {
      return task.get();
    }
  }
  return nullptr;
}

void Scheduler::let_others_go_first() {
  if (++turns_ < kMostTurnsInARow && !random_.chance(switch_per_mille_)) {
    return;
  }
  turns_ = 0;
  if (Task* other = choose_other()) {
    switch_to(*other);
  }
  if (ending_ && std::uncaught_exceptions() == 0) {
    throw SimulationOver{end_reason_};
  }
}

void Scheduler::switch_to(Task& next) {
  Task& self = *current_;
  depart(next, false);
  boost::context::fiber from = std::move(next.context).resume();
  if (from) {
    left_->context = std::move(from);
  }
  assert(current_ == &self);
  arrive();
}

void Scheduler::depart(Task& next, bool for_good) {
  static_assert(sizeof(ExceptionState) == 2 * sizeof(void*), "as in the C++ ABI");
  void* mine = abi::__cxa_get_globals();
  std::memcpy(static_cast<void*>(&current_->exceptions), mine, sizeof(ExceptionState));
  std::memcpy(mine, &next.exceptions, sizeof(ExceptionState));
  current_->stack.leave(next.stack, for_good);
  left_ = current_;
  current_ = &next;
}

void Scheduler::arrive() { current_->stack.arrive(left_->stack); }

uint64_t Scheduler::spawn(std::function<void()> body) {
  tasks_.push_back(std::make_unique<Task>());
  Task& task = *tasks_.back();
  task.id = next_id_++;
  task.body = std::move(body);
  boost::context::stack_context stack = stacks_.take();
  task.stack.create(static_cast<char*>(stack.sp) - stack.size, stack.size);
  task.context = boost::context::fiber(
      std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack),
      FiberStackAllocator(stacks_),
      [this, &task](boost::context::fiber&& from) { return run(task, std::move(from)); });
  return task.id;
}

boost::context::fiber Scheduler::run(Task& task, boost::context::fiber&& from) {
  if (from) {
    left_->context = std::move(from);
  }
  arrive();
  try {
    task.body();
  } catch (const SimulationOver&) {
    // The program's other tasks end in the same way.
  } catch (const std::exception& error) {
    end(std::string("a thread threw: ") + error.what());
  }
  task.body = nullptr;
  task.finished = true;
  wake(&task);
  Task* next = choose_successor();
  depart(*next, true);
  return std::move(next->context);
}

Scheduler::Task* Scheduler::choose_successor() {
  for (;;) {
    if (Task* next = choose_other()) {
      return next;
    }
    if (!pass_time()) {
      end("nothing is left that could end the wait");
    }
  }
}

bool Scheduler::done(uint64_t id) const {
  for (const std::unique_ptr<Task>& task : tasks_) {
    if (task->id == id) {
      return task->finished;
    }
  }
  return true;
}

void Scheduler::join(uint64_t id) {
  while (!done(id)) {
    const auto task = std::find_if(tasks_.begin(), tasks_.end(),
                                   [id](const auto& candidate) { return candidate->id == id; });
    wait(task->get(), kNever);
    if (ending_) {
      return;  // this stack unwinds: the first task, when its turn comes, has ended all others
    }
  }
}

void Scheduler::forget_finished() {
  std::erase_if(tasks_, [this](const std::unique_ptr<Task>& task) {
    const bool gone = task->finished && task.get() != current_;
    if (gone) {
      task->stack.destroy();
    }
    return gone;
  });
}

void Scheduler::end(std::string why) {
  if (!ending_) {
    ending_ = true;
    end_reason_ = std::move(why);
  }
}

void Scheduler::end_others() {
  if (tasks_.size() <= 1) {
    return;
  }
  assert(current_ == tasks_.front().get());
  const bool was_ending = std::exchange(ending_, true);
  while (Task* other = choose_other()) {
    switch_to(*other);
  }
  forget_finished();
  ending_ = was_ending;
}

}  // namespace eagain::sim
