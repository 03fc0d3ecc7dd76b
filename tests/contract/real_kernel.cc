#include "real_kernel.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "eagain/sys/kernel_sys.h"

namespace eagain {
namespace {

// The state letter of /proc/self/task/TID/stat, which follows the parenthesised name.
char StateOf(pid_t tid) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/stat");
  std::string line;
  std::getline(file, line);
  size_t end = line.rfind(')');
  return end == std::string::npos || end + 2 >= line.size() ? '?' : line[end + 2];
}

class RealKernel final : public ContractKernel {
 public:
  RealKernel() {
    std::signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &before_);
  }
  ~RealKernel() override {
    join();
    setrlimit(RLIMIT_NOFILE, &before_);
  }

  Sys& sys() override { return sys_; }

  void limit_descriptors(int limit) override {
    rlimit lower = before_;
    lower.rlim_cur = static_cast<rlim_t>(limit);
    setrlimit(RLIMIT_NOFILE, &lower);
  }

  void beside(std::function<void()> work) override {
    tid_ = 0;
    thread_ = std::thread([this, work = std::move(work)] {
      tid_ = static_cast<pid_t>(syscall(SYS_gettid));
      work();
    });
  }

  void join() override {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  void until_beside_waits() override {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while ((tid_ == 0 || StateOf(tid_) != 'S') && std::chrono::steady_clock::now() < patience) {
      std::this_thread::yield();
    }
  }

 private:
  KernelSys sys_;
  rlimit before_{};
  std::thread thread_;
  std::atomic<pid_t> tid_ = 0;
};

}  // namespace

std::unique_ptr<ContractKernel> MakeRealKernel() { return std::make_unique<RealKernel>(); }

}  // namespace eagain
