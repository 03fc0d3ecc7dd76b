#include "eagain/grade/staging.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "eagain/runner/bad_usage.h"
#include "eagain/runner/copy_tree.h"

namespace eagain::grade {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostBytes = uint64_t{1} << 30;
// A copy for each check of no more than this costs nothing beside the check.
constexpr uint64_t kMostForACopy = uint64_t{64} << 20;

bool IsInside(const fs::path& path, const fs::path& folder) {
  const auto [rest, ignored] =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return rest == folder.end();
}

// What every sandbox shows as it is (runner/sandbox.cc).
bool IsOfTheSystem(const fs::path& path) {
  const auto inside = [&](const char* folder) { return IsInside(path, folder); };
  return inside("/usr") || inside("/etc") || inside("/bin") || inside("/sbin") || inside("/lib") ||
         inside("/lib32") || inside("/lib64") || inside("/opt");
}

fs::path Canonical(const std::string& path) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? fs::path(path) : canonical;
}

uint64_t SizeOf(const fs::path& folder) {
  uint64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    bytes += entry.is_regular_file() && !entry.is_symlink() ? entry.file_size() : 0;
  }
  return bytes;
}

// FNV-1a, 64 bits: to notice changes, not to withstand anybody.
class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) {
      value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    value_ = (value_ ^ 0xffU) * 0x100000001b3U;
  }
  std::string text() const { return fmt::format("{:016x}", value_); }

 private:
  uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace

Staging::Staging(const StagingOptions& options) : root_("eagain-") {
  try {
    const fs::path folder = Canonical(options.folder);
    std::vector<fs::path> own;
    std::transform(options.leave_out.begin(), options.leave_out.end(), std::back_inserter(own),
                   Canonical);
    runner::CopyTree(folder, this->folder(),
                     {.bytes = kMostBytes, .leave_out = [&](const std::string& path) {
                        return std::find(own.begin(), own.end(), fs::path(path)) != own.end();
                      }});
    sandbox_.folder = this->folder();
    sandbox_.limits = options.limits;
    sandbox_.seen_as = IsOfTheSystem(folder) || folder == "/" ? "/submission" : folder.string();
    sandbox_.worker = root_.path() + "/worker";
    fs::copy_file("/proc/self/exe", sandbox_.worker);
    chmod(sandbox_.worker.c_str(), 0755);
    for (const std::string& word : options.command) {
      if (word.starts_with('/') && !IsInside(Canonical(word), folder)) {
        show(word);
      }
    }
    std::copy_if(own.begin(), own.end(), std::back_inserter(sandbox_.hidden),
                 [](const fs::path& path) { return IsOfTheSystem(path) && fs::exists(path); });
    if (geteuid() == 0) {
      runner::GiveTree(root_.path(), runner::kNobody, runner::kNobody);
    }
  } catch (const runner::CopyError& error) {
    throw runner::BadUsage(
        fmt::format("{}: the submission is the folder in which grade runs", error.what()));
  }
}

// A program or file that the command names and that is neither the system's nor the submission's: a
// copy, which user nobody can read wherever the original is.
void Staging::show(const std::string& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored) || IsOfTheSystem(file)) {
    return;
  }
  const std::string copy = fmt::format("{}/named-{}", root_.path(), sandbox_.shown.size());
  fs::copy_file(file, copy);
  chmod(copy.c_str(), access(file.c_str(), X_OK) == 0 ? 0755 : 0644);
  sandbox_.shown.push_back({.source = copy, .path = fs::path(file).lexically_normal()});
}

void Staging::copy_into(const std::string& name) const {
  const std::string target = folder() + "/" + name;
  runner::CopyTree(
      folder(), target,
      {.bytes = kMostBytes, .leave_out = [&](const std::string& path) { return path == target; }});
  if (geteuid() == 0) {
    runner::GiveTree(target, runner::kNobody, runner::kNobody);
  }
}

runner::Sandbox Staging::for_build() const {
  runner::Sandbox sandbox = sandbox_;
  sandbox.shared = true;
  return sandbox;
}

runner::Sandbox Staging::for_checks() const {
  runner::Sandbox sandbox = sandbox_;
  sandbox.shared = SizeOf(folder()) > kMostForACopy;
  return sandbox;
}

std::string FingerprintOf(const std::string& folder, const std::string& salt) {
  std::vector<std::string> entries;
  const auto options = fs::directory_options::skip_permission_denied;
  std::error_code ignored;
  for (auto at = fs::recursive_directory_iterator(folder, options, ignored);
       at != fs::recursive_directory_iterator(); at.increment(ignored)) {
    struct stat status {};
    if (lstat(at->path().c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) {
      entries.push_back(fmt::format("{}\n{} {}.{}", at->path().lexically_relative(folder).string(),
                                    status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
    }
  }
  std::sort(entries.begin(), entries.end());
  Hash hash;
  hash.add(salt);
  for (const std::string& entry : entries) {
    hash.add(entry);
  }
  return hash.text();
}

}  // namespace eagain::grade
