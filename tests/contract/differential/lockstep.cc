#include "lockstep.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "lockstep_calls.h"

namespace eagain::differential {
namespace {

sim::SimOptions OptionsOf(const Sequence& sequence) {
  sim::SimOptions options;
  options.seed = sequence.seed;
  const bool tight = sequence.tight == Tight::kSimulation;
  options.send_buffer = tight ? 4608 : 4 * 1024 * 1024;
  options.receive_buffer = tight ? 2304 : 4 * 1024 * 1024;
  if (sequence.busy) {
    options.latency = 200 * sim::kMicrosecond;
    options.slow_segment = 100;
    options.cut_segment = 300;
    options.late_end = 300;
    options.late_acknowledgement = 300;
  }
  return options;
}

int HighestOpenDescriptor() {
  int highest = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const std::string name = entry.path().filename();
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    highest = std::max(highest, number);
  }
  return highest;
}

}  // namespace

Lockstep::Lockstep(const Sequence& sequence)
    : sequence_(sequence),
      real_(MakeRealKernel()),
      kernel_(OptionsOf(sequence)),
      linux_{"Linux", real_->sys(), 0},
      sim_{"simulation", kernel_, 0} {
  // Everything below is taken, so that the lowest free numbers of both are a constant apart.
  const int highest = HighestOpenDescriptor();
  int filler = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  while (filler >= 0 && filler <= highest) {
    fillers_.insert(filler);
    filler = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  linux_.offset = filler - kFirstNumber;
  // The select of Linux passes over numbers beyond the table of descriptors: let it reach to all.
  ::close(::fcntl(filler, F_DUPFD, linux_.fd(kFirstNumber + sequence.descriptors)));
  ::close(filler);
  kernel_.limit_descriptors(kFirstNumber + sequence.descriptors);
  real_->limit_descriptors(linux_.fd(kFirstNumber + sequence.descriptors));
}

Lockstep::~Lockstep() {
  const linger now{1, 0};  // nothing is left to time out
  for (const auto& [fd, file] : model_.descriptors()) {
    setsockopt(linux_.fd(fd), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(linux_.fd(fd));
  }
  for (int filler : fillers_) {
    ::close(filler);
  }
}

void Lockstep::fail(std::string why) {
  if (!failed()) {
    failure_ = std::move(why);
  }
}

std::optional<std::string> Lockstep::run() {
  nobody_ = make_socket(true);
  bind(nobody_, -1);
  linux_dead_port_ = port_of(linux_, nobody_);
  sim_dead_port_ = port_of(sim_, nobody_);
  for (const Operation& operation : sequence_.operations) {
    if (failed()) {
      break;
    }
    perform(operation);
    settle();
  }
  if (!failed()) {
    finish();
  }
  static constexpr const char* kTight[] = {"no small buffers", "small buffers on Linux",
                                           "small buffers in the simulation"};
  return failed()
             ? std::optional(fmt::format("  // {}{}\n", kTight[static_cast<int>(sequence_.tight)],
                                         sequence_.busy ? ", a busy network" : "") +
                             listing_ + "  // " + *failure_ + "\n")
             : std::nullopt;
}

// Whatever is under way gets there, and every descriptor is closed.
void Lockstep::finish() {
  const std::map<int, int> open = model_.descriptors();
  for (const auto& [fd, file] : open) {
    for (int turn = 0; turn < 200 && model_.at(file).kind == FileModel::Kind::kSocket &&
                       model_.under_way_to(model_.at(file)) > 0 && !failed();
         ++turn) {
      const uint64_t before = model_.at(file).received;
      recv(fd, 60'000, false, false);
      settle();
      if (model_.at(file).received == before) {
        break;
      }
    }
  }
  for (const auto& [fd, file] : open) {
    if (!failed()) {
      close(fd);
      settle();
    }
  }
}

int Lockstep::same_descriptor(const std::string& text,
                              const std::function<SysResult<int>(Machine&)>& call) {
  const Answer made = same(text, [&](Machine& machine) {
    const SysResult<int> fd = call(machine);
    return fd.ok() ? Ok(*fd - machine.offset) : fd;
  });
  return made.ok() && !failed() ? static_cast<int>(made.value) : -1;
}

int Lockstep::choose(uint8_t on, Suits suits) {
  std::vector<int> suitable;
  for (const auto& [fd, file] : model_.descriptors()) {
    if (fd != nobody_ && (model_.at(file).*suits)()) {
      suitable.push_back(fd);
    }
  }
  if (suitable.empty() || on >= 240) {
    return kFirstNumber + 1 + on % (sequence_.descriptors - 1);  // whatever that is
  }
  return suitable[on % suitable.size()];
}

}  // namespace eagain::differential
