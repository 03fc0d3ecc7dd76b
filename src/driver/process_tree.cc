#include "eagain/driver/process_tree.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::driver {
namespace {

struct Root {
  std::string mark;
  bool reaped = false;
  // Descendants seen: pid and start time. What has ended shows its environment no more, and it may
  // have left its group and session.
  std::map<pid_t, uint64_t> seen;
};

std::mutex roots_mutex;

std::map<pid_t, Root>& Roots() {
  static std::map<pid_t, Root> roots;
  return roots;
}

std::string Directory(pid_t pid) { return "/proc/" + std::to_string(pid); }

// Every process's children, from one walk over /proc.
std::multimap<pid_t, pid_t> ChildrenByScan() {
  std::multimap<pid_t, pid_t> children;
  for (const pid_t pid : NumbersIn("/proc")) {
    if (const auto stat = ReadStat(Directory(pid))) {
      children.emplace(stat->parent, pid);
    }
  }
  return children;
}

// Answers who the children of a process are: by the kernel's own lists where the process has few
// threads (each thread has a list), else by one walk over all processes.
class Children {
 public:
  std::vector<pid_t> of(pid_t pid) {
    constexpr size_t kManyThreads = 64;
    const std::string task = Directory(pid) + "/task";
    const auto threads = NumbersIn(task);
    if (!scanned_ && threads.size() <= kManyThreads) {
      std::vector<pid_t> found;
      bool listed = true;
      for (const int tid : threads) {
        listed = append(task + "/" + std::to_string(tid) + "/children", found) && listed;
      }
      if (listed || !threads.empty()) {
        return found;
      }
    }
    if (!scanned_) {
      scanned_ = ChildrenByScan();
    }
    std::vector<pid_t> found;
    const auto [from, to] = scanned_->equal_range(pid);
    std::transform(from, to, std::back_inserter(found), [](const auto& row) { return row.second; });
    return found;
  }

 private:
  static bool append(const std::string& path, std::vector<pid_t>& found) {
    const auto text = ReadProcFile(path);
    if (!text) {
      return false;
    }
    pid_t pid = 0;
    for (const char c : *text) {
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid != 0) {
        found.push_back(std::exchange(pid, 0));
      }
    }
    return true;
  }

  std::optional<std::multimap<pid_t, pid_t>> scanned_;
};

bool StartedWith(pid_t pid, const std::string& mark) {
  if (mark.empty()) {
    return false;
  }
  const auto environment = ReadProcFile(Directory(pid) + "/environ");
  const std::string wanted = std::string(kMarkVariable) + "=" + mark;
  return environment && environment->find(wanted) != std::string::npos;
}

bool IsOrphanOf(pid_t root, const Root& known, pid_t pid, const StatLine& stat) {
  const auto seen = known.seen.find(pid);
  return stat.group == root || stat.session == root ||
         (seen != known.seen.end() && seen->second == stat.start_ticks) ||
         StartedWith(pid, known.mark);
}

// The children of this process that were handed to it out of the tree of `root` and live. Those that
// have ended are waited for, which is the duty of whom orphans are handed to.
std::vector<pid_t> OrphansOf(pid_t root, Children& children) {
  std::vector<pid_t> orphans;
  const auto own = children.of(::getpid());
  const std::lock_guard lock(roots_mutex);
  const auto known = Roots().find(root);
  const Root unknown;
  for (const pid_t pid : own) {
    if (pid == root || Roots().contains(pid)) {
      continue;
    }
    const auto stat = ReadStat(Directory(pid));
    if (!stat || !IsOrphanOf(root, known == Roots().end() ? unknown : known->second, pid, *stat)) {
      continue;
    }
    if (stat->state != 'Z' || ::waitpid(pid, nullptr, WNOHANG) != pid) {
      orphans.push_back(pid);
    }
  }
  return orphans;
}

void Remember(pid_t root, const std::vector<pid_t>& tree) {
  const std::lock_guard lock(roots_mutex);
  const auto known = Roots().find(root);
  if (known == Roots().end()) {
    return;
  }
  std::map<pid_t, uint64_t>& seen = known->second.seen;
  // A process whose parent has just ended may be in nobody's list at this look: what still exists
  // is not forgotten.
  const std::set<pid_t> in_tree(tree.begin(), tree.end());
  std::erase_if(seen, [&](const auto& one) {
    if (in_tree.contains(one.first)) {
      return false;
    }
    const auto stat = ReadStat(Directory(one.first));
    return !stat || stat->start_ticks != one.second;
  });
  for (const pid_t pid : tree) {
    if (const auto stat = seen.contains(pid) ? std::nullopt : ReadStat(Directory(pid))) {
      seen.emplace(pid, stat->start_ticks);
    }
  }
}

bool RootIsThere(pid_t root) {
  {
    const std::lock_guard lock(roots_mutex);
    const auto known = Roots().find(root);
    if (known != Roots().end() && known->second.reaped) {
      return false;
    }
  }
  return ::access(Directory(root).c_str(), F_OK) == 0;
}

}  // namespace

void AddRoot(pid_t root, std::string mark) {
  const std::lock_guard lock(roots_mutex);
  Roots()[root] = Root{.mark = std::move(mark), .reaped = false, .seen = {}};
}

void MarkReaped(pid_t root) {
  const std::lock_guard lock(roots_mutex);
  if (const auto known = Roots().find(root); known != Roots().end()) {
    known->second.reaped = true;
  }
}

void RemoveRoot(pid_t root) {
  const std::lock_guard lock(roots_mutex);
  Roots().erase(root);
}

pid_t TracerOf(pid_t root) {
  const auto status = ReadProcFile(Directory(root) + "/status");
  return status ? static_cast<pid_t>(NumberAfter(*status, "TracerPid:").value_or(0)) : 0;
}

std::vector<pid_t> ProcessTree(pid_t root) {
  Children children;
  std::vector<pid_t> tree;
  std::set<pid_t> seen;
  if (RootIsThere(root)) {
    tree.push_back(root);
  }
  for (const pid_t orphan : OrphansOf(root, children)) {
    tree.push_back(orphan);
  }
  seen.insert(tree.begin(), tree.end());
  // A tracer stands beside the server, though it may have come out of it (`eagain inject`).
  if (const pid_t tracer = TracerOf(root); tracer != 0) {
    std::erase(tree, tracer);
    seen.insert(tracer);
  }
  for (size_t i = 0; i < tree.size(); ++i) {
    for (const pid_t child : children.of(tree[i])) {
      if (seen.insert(child).second) {
        tree.push_back(child);
      }
    }
  }
  Remember(root, tree);
  return tree;
}

}  // namespace eagain::driver
