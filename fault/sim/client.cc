#include "eagain/fault/sim/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/sim/pattern.h"

namespace eagain::sim {
namespace {

// How long a client takes to notice something.
constexpr uint32_t kReactionNs = 5'000;

// A flood goes on for so many calls of the server at most: if others are still not served then, time
// has to pass.
constexpr uint64_t kFloodCalls = 20'000;

}  // namespace

std::string Describe(const ClientScript& script) {
  std::string text = fmt::format("{} messages of {} bytes", script.messages, script.message_size);
  const auto add = [&text](bool when, const std::string& what) {
    text += when ? ", " + what : std::string();
  };
  add(script.floods, "and on until the others are done");
  add(script.pipelined, "pipelined");
  add(!script.reads, "never reading");
  add(script.read_size < 1024, fmt::format("reading {} bytes at a time", script.read_size));
  add(script.read_pause > 0, fmt::format("a read every {}us", script.read_pause / kMicrosecond));
  add(script.stalls_after > 0, fmt::format("stalling for {}us after {} bytes",
                                           script.stall / kMicrosecond, script.stalls_after));
  add(script.message_pause > 0,
      fmt::format("{}us between messages", script.message_pause / kMicrosecond));
  add(script.ending == Ending::kHalfClose, "then half-close");
  add(script.ending == Ending::kReset, "then reset");
  add(script.ending == Ending::kStay, "then stay");
  add(script.connects_at > 0, fmt::format("connects at {}us", script.connects_at / kMicrosecond));
  return text;
}

void Client::begin(SimKernel& kernel, ClientOwner& owner, uint32_t number,
                   const ClientScript& script) {
  forget_events();
  kernel_ = &kernel;
  owner_ = &owner;
  socket_ = nullptr;
  script_ = script;
  number_ = number;
  total_ = script.total();
  sent_ = received_ = answered_ = 0;
  next_message_at_ = 0;
  step_pending_ = stalled_ = has_stalled_ = shut_ = end_seen_ = done_ = settled_ = excused_ = false;
  error_ = 0;
  complaint_.clear();
  wake_after(script.connects_at, kConnect);
}

void Client::wake_after(Time delay, uint32_t what) {
  kernel_->scheduler().after(delay, *this, what);
}

void Client::on_change(File& /*file*/) { react(); }

void Client::react() {
  if (!step_pending_ && !done_) {
    step_pending_ = true;
    wake_after(1 + kernel_->random().below(kReactionNs), kStep);
  }
}

void Client::on_event(uint32_t what) {
  switch (static_cast<Happening>(what)) {
    case kConnect:
      connect();
      break;
    case kStep:
      step_pending_ = false;
      step();
      break;
    case kStallEnds:
      stalled_ = false;
      step();
      break;
  }
}

void Client::connect() {
  const uint16_t port = owner_->port();
  if (port == 0) {
    wake_after(kMillisecond, kConnect);
    return;
  }
  socket_ = &kernel_->tcp().open(AF_INET);
  socket_->held = true;
  socket_->observer = this;
  static_cast<void>(kernel_->tcp().connect(*socket_, port).ok());
}

void Client::step() {
  if (done_ || socket_ == nullptr || socket_->state == Socket::State::kConnecting) {
    return;
  }
  if (script_.reads && !stalled_) {
    receive();
  }
  if (!end_seen_ && error_ == 0) {
    send();
  }
  conclude();
}

void Client::receive() {
  // Of no meaning between calls. Not an array: that would be part of every thread of every program
  // that has this file in it, touched or not.
  static thread_local std::vector<char> buffer(kPatternSlice);
  const size_t size = std::min<size_t>(script_.read_size, buffer.size());
  for (;;) {
    const SysResult<size_t> got = kernel_->tcp().recv(*socket_, buffer.data(), size, false);
    if (!got) {
      error_ = got.error() == EAGAIN ? 0 : got.error();
      return;
    }
    if (*got == 0) {
      end_seen_ = true;
      return;
    }
    verify(buffer.data(), *got);
    if (script_.stalls_after > 0 && received_ >= script_.stalls_after && !has_stalled_) {
      has_stalled_ = stalled_ = true;
      wake_after(script_.stall, kStallEnds);
      return;
    }
    if (script_.read_pause > 0) {
      if (!step_pending_) {
        step_pending_ = true;
        wake_after(script_.read_pause, kStep);
      }
      return;
    }
  }
}

void Client::verify(const char* bytes, size_t count) {
  const size_t good = FirstDifference(number_, received_, bytes, count);
  received_ += count;
  if (good < count) {
    complain(
        fmt::format("byte {} of what came back is 0x{:02x}, not 0x{:02x}", received_ - count + good,
                    static_cast<unsigned char>(bytes[good]),
                    static_cast<unsigned char>(*PatternAt(number_, received_ - count + good))));
  } else if (received_ > sent_) {
    complain(fmt::format("{} bytes came back, and only {} were sent", received_, sent_));
  }
}

// How far it may have sent by now.
uint64_t Client::may_send() {
  if (script_.pipelined || script_.message_size == 0) {
    return total_;
  }
  while (received_ - answered_ >= script_.message_size) {
    answered_ += script_.message_size;
  }
  return std::min(total_, answered_ + script_.message_size);
}

void Client::send() {
  if (script_.floods && sent_ == total_ && !owner_->others_done() &&
      kernel_->calls() < kFloodCalls) {
    total_ += script_.total();
  }
  for (;;) {
    const uint64_t limit = may_send();
    if (sent_ >= limit) {
      return;
    }
    const Time now = kernel_->now();
    if (script_.message_pause > 0 && sent_ % script_.message_size == 0) {
      if (now < next_message_at_) {
        if (!step_pending_) {
          step_pending_ = true;
          wake_after(next_message_at_ - now, kStep);
        }
        return;
      }
      next_message_at_ = now + script_.message_pause;
    }
    const size_t most = script_.message_pause > 0
                            ? script_.message_size - sent_ % script_.message_size
                            : kPatternSlice;
    const size_t count =
        static_cast<size_t>(std::min<uint64_t>({limit - sent_, most, kPatternSlice}));
    const SysResult<size_t> taken = kernel_->tcp().send(*socket_, PatternAt(number_, sent_), count);
    if (!taken) {
      if (taken.error() != EAGAIN && !script_.reads) {
        error_ = taken.error();  // who reads learns of it there, after what has arrived
      }
      return;
    }
    sent_ += *taken;
  }
}

void Client::conclude() {
  if (end_seen_ || error_ != 0) {
    const bool complete = received_ == total_ && sent_ == total_;
    const bool owed = script_.ending != Ending::kReset && script_.ending != Ending::kStay;
    if (owed && !complete && !owner_->stopping() && !excused()) {
      complain(fmt::format("the connection ended ({}) after {} of {} bytes had come back",
                           error_ == 0 ? "end of stream" : fault::ErrnoName(error_), received_,
                           total_));
    } else if (script_.ending == Ending::kStay && !owner_->stopping() && !excused()) {
      complain("the server ended the connection");
    }
    finish();
    return;
  }
  if (script_.ending == Ending::kStay && (!script_.reads || received_ == total_)) {
    settle();
    return;
  }
  if (sent_ < total_ || (script_.floods && !owner_->others_done())) {
    return;
  }
  switch (script_.ending) {
    case Ending::kClose:
      if (received_ == total_) {
        finish();
      }
      break;
    case Ending::kHalfClose:
      if (!shut_) {
        shut_ = true;
        static_cast<void>(kernel_->tcp().shutdown(*socket_, SHUT_WR).ok());
      }
      break;
    case Ending::kReset:
      socket_->settings.stay = {1, 0};
      finish();
      break;
    case Ending::kStay:
      break;
  }
}

void Client::complain(std::string what) {
  if (complaint_.empty()) {
    complaint_ = fmt::format("client {}: {}", number_, what);
    owner_->on_complaint(*this);
  }
}

void Client::finish() {
  done_ = true;
  excused_ = excused_ || socket_->excused;
  socket_->observer = nullptr;
  socket_->held = false;
  kernel_->tcp().release(*socket_);
  socket_ = nullptr;
  settle();
}

void Client::settle() {
  if (!settled_) {
    settled_ = true;
    owner_->on_client_settled(*this);
  }
}

}  // namespace eagain::sim
