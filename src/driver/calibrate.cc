#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "eagain/driver/patience.h"

namespace eagain::driver {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using std::chrono::microseconds;

// The median of how long a sleep of a millisecond takes more than a millisecond.
double WakeUpMicroseconds() {
  std::vector<double> late;
  for (int i = 0; i < 15; ++i) {
    const auto from = Clock::now();
    std::this_thread::sleep_for(microseconds(1000));
    late.push_back(duration<double, std::micro>(Clock::now() - from).count() - 1000);
  }
  std::nth_element(late.begin(), late.begin() + 7, late.end());
  return late[7];
}

// The median time of a byte to another thread and back, over a pair of sockets.
double RoundTripMicroseconds() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return 0;
  }
  std::thread echo([fd = ends[1]] {
    char byte = 0;
    while (::read(fd, &byte, 1) == 1 && ::write(fd, &byte, 1) == 1) {
    }
  });
  std::vector<double> times;
  for (int i = 0; i < 101; ++i) {
    const auto from = Clock::now();
    char byte = 'x';
    if (::write(ends[0], &byte, 1) != 1 || ::read(ends[0], &byte, 1) != 1) {
      break;
    }
    times.push_back(duration<double, std::micro>(Clock::now() - from).count());
  }
  ::shutdown(ends[0], SHUT_RDWR);
  echo.join();
  ::close(ends[0]);
  ::close(ends[1]);
  if (times.empty()) {
    return 0;
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace

double Calibrate() {
  // What an ordinary machine with a load of its own needs at most. Fair time takes care of
  // neighbours; this is for what is slow all the time: emulation, instrumentation, a small board.
  constexpr double kWakeUp = 1000;
  constexpr double kRoundTrip = 100;
  constexpr double kMost = 10;
  return std::clamp(std::max(WakeUpMicroseconds() / kWakeUp, RoundTripMicroseconds() / kRoundTrip),
                    1.0, kMost);
}

}  // namespace eagain::driver
