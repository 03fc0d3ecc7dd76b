#include "eagain/fault/inject/handed_calls.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace eagain::fault {
namespace {

// A kernel newer than these headers may have more to say, and reads and writes more than a struct of
// today.
constexpr size_t kRoom = 512;
template <typename T>
struct alignas(T) Room {
  std::array<std::byte, kRoom> bytes{};
};

}  // namespace

// 1 when there is one, 0 when there is none, -1 when there will be none.
int HandedCalls::poll() const {
  pollfd one{.fd = listener_.get(), .events = POLLIN, .revents = 0};
  ::poll(&one, 1, 0);
  return (one.revents & POLLIN) != 0 ? 1 : one.revents == 0 ? 0 : -1;
}

std::optional<HandedCall> HandedCalls::next() const {
  Room<seccomp_notif> room;
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, room.bytes.data()) != 0) {
    return std::nullopt;
  }
  seccomp_notif notice;
  std::memcpy(&notice, room.bytes.data(), sizeof notice);
  HandedCall call{.id = notice.id, .tid = static_cast<pid_t>(notice.pid), .registers = {}};
  call.registers.set_number(notice.data.nr);
  for (int i = 0; i < Registers::kArguments; ++i) {
    call.registers.set_argument(i, notice.data.args[i]);
  }
  return call;
}

void HandedCalls::answer(const HandedCall& call, std::optional<int64_t> result) const {
  seccomp_notif_resp response{};
  response.id = call.id;
  if (!result) {
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  } else if (*result < 0) {
    response.error = static_cast<int32_t>(*result);
  } else {
    response.val = *result;
  }
  Room<seccomp_notif_resp> room;
  std::memcpy(room.bytes.data(), &response, sizeof response);
  ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND,
          room.bytes.data());  // or the thread was killed
}

}  // namespace eagain::fault
