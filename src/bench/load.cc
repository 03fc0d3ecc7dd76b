#include "eagain/bench/load.h"

#include <time.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "eagain/driver/failure.h"

namespace eagain::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;
using Wait = LoadClient::Wait;

nanoseconds OwnCpu() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

double Seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// One that speaks: up to `in_flight` messages are under way, each sent as soon as there is room.
class Speaker {
 public:
  Speaker(LoadClient& client, int in_flight)
      : client_(client), to_send_(in_flight), sent_at_(static_cast<size_t>(in_flight)) {}

  // What each message holds; the same for all.
  void say(std::span<const char> message, Clock::time_point now) {
    while (to_send_ > 0) {
      sent_ += client_.send(message.subspan(sent_));
      if (sent_ < message.size()) {
        return;
      }
      sent_ = 0;
      --to_send_;
      sent_at_[(first_ + under_way_++) % sent_at_.size()] = now;
    }
  }

  // Receives once; the messages that are complete with it are told to `completed` with the times
  // they were sent at, and are sent again. Returns how many bytes came.
  template <typename Completed>
  size_t hear(std::span<char> buffer, std::span<const char> message, Wait wait,
              const Completed& completed) {
    const size_t count = client_.receive(buffer, wait);
    if (count == 0) {
      say(message, Clock::now());
      return 0;
    }
    const auto now = Clock::now();
    received_ += count;
    while (received_ >= message.size() && under_way_ > 0) {
      received_ -= message.size();
      completed(now - sent_at_[first_]);
      first_ = (first_ + 1) % sent_at_.size();
      --under_way_;
      ++to_send_;
    }
    say(message, now);
    return count;
  }

 private:
  LoadClient& client_;
  int to_send_;
  size_t sent_ = 0;      // of the message that is being sent
  size_t received_ = 0;  // of the message that is being received
  // When those under way were sent: a ring.
  std::vector<Clock::time_point> sent_at_;
  size_t first_ = 0;
  size_t under_way_ = 0;
};

class Load {
 public:
  Load(const LoadTarget& target, const LoadShape& shape, const std::atomic<bool>& stop,
       std::chrono::milliseconds patience)
      : target_(target),
        shape_(shape),
        message_(shape.message_bytes, 'm'),
        buffer_(std::max<size_t>(64 * 1024, shape.message_bytes)),
        idle_(target.address, stop, patience),
        active_(target.address, stop, patience) {}

  void connect();
  LoadResult measure(std::chrono::milliseconds duration);

 private:
  const LoadTarget& target_;
  const LoadShape& shape_;
  const std::vector<char> message_;
  std::vector<char> buffer_;
  Crowd idle_;
  Crowd active_;
};

void Load::connect() {
  idle_.add(shape_.idle);
  active_.add(shape_.clients);
  active_.greet();
  // Those that came before have been accepted by now; a server that cannot have as many has refused
  // some.
  if (const int gone = idle_.turned_away(); gone > 0) {
    throw driver::Failure("every client may stay", std::to_string(gone) + " of " +
                                                       std::to_string(shape_.idle) +
                                                       " idle clients were turned away");
  }
}

LoadResult Load::measure(std::chrono::milliseconds duration) {
  LoadResult result;
  const auto completed = [&result](nanoseconds latency) {
    ++result.round_trips;
    result.latency.add(latency);
  };
  const Usage before = target_.usage();
  const nanoseconds cpu_before = OwnCpu();
  const auto from = Clock::now();
  auto now = from;
  auto moved = from;
  std::vector<Speaker> speakers;
  for (LoadClient& client : active_.clients()) {
    speakers.emplace_back(client, shape_.in_flight);
    speakers.back().say(message_, Clock::now());
  }
  for (; now - from < duration; now = Clock::now()) {
    uint64_t bytes = 0;
    Wait wait = Wait::kUpTo50Ms;  // for the first one, which has waited longest
    for (Speaker& speaker : speakers) {
      bytes += speaker.hear(buffer_, message_, std::exchange(wait, Wait::kNo), completed);
    }
    result.bytes += bytes;
    moved = bytes > 0 ? now : moved;
    if (!active_.may_go_on(moved)) {
      throw driver::Failure("clients are served for as long as they stay",
                            "no client was served any longer");
    }
  }
  result.wall = now - from;
  result.load_cpu = OwnCpu() - cpu_before;
  const Usage after = target_.usage();
  result.server = {.cpu = after.cpu - before.cpu, .calls = after.calls - before.calls};
  return result;
}

double Per(double value, double divisor) { return divisor > 0 ? value / divisor : 0; }

}  // namespace

double LoadResult::per_second() const {
  return Per(static_cast<double>(round_trips), Seconds(wall));
}
double LoadResult::bytes_per_second() const {
  return Per(static_cast<double>(bytes), Seconds(wall));
}
double LoadResult::server_cpu_us() const {
  return Per(Seconds(server.cpu) * 1e6, static_cast<double>(round_trips));
}
double LoadResult::server_share() const { return Per(Seconds(server.cpu), Seconds(wall)); }
double LoadResult::load_share() const { return Per(Seconds(load_cpu), Seconds(wall)); }

LoadResult RunLoad(const LoadTarget& target, const LoadShape& shape,
                   std::chrono::milliseconds duration, const std::atomic<bool>& stop,
                   std::chrono::milliseconds patience) {
  Load load(target, shape, stop, patience);
  load.connect();
  return load.measure(duration);
}

}  // namespace eagain::bench
