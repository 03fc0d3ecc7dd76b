#include "eagain/checks/garbage_collector.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace eagain::checks {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;

struct Mark {
  std::string_view bytes;  // in the executable, or in the path of a file that is mapped
  GarbageCollector collector;
};

// Words that survive strip(1): names of environment variables, messages.
const std::array kMarks = {
    Mark{"JDK_JAVA_OPTIONS", {"the Java virtual machine", std::nullopt}},
    Mark{"com.oracle.svm", {"GraalVM", std::nullopt}},
    Mark{"DOTNET_ROOT", {".NET", std::nullopt}},
    Mark{"MONO_GC_PARAMS", {"Mono", std::nullopt}},
    Mark{"NODE_OPTIONS", {"V8", 64 * kMiB}},
    Mark{"V8_Fatal", {"V8", 64 * kMiB}},
    Mark{"RUBY_GC_HEAP", {"Ruby", 64 * kMiB}},
    Mark{"ERL_CRASH_DUMP", {"Erlang", 64 * kMiB}},
    Mark{"GHCRTS", {"Haskell", 64 * kMiB}},
    Mark{"OCAMLRUNPARAM", {"OCaml", 64 * kMiB}},
    Mark{"GC_INITIAL_HEAP_SIZE", {"the Boehm collector", 64 * kMiB}},
    Mark{"SBCL_HOME", {"SBCL", 64 * kMiB}},
    Mark{"Go buildinf:", {"Go", 8 * kMiB}},
};

const std::array kLibraries = {
    Mark{"/libjvm.so", {"the Java virtual machine", std::nullopt}},
    Mark{"/libcoreclr.so", {".NET", std::nullopt}},
    Mark{"/libmonosgen", {"Mono", std::nullopt}},
    Mark{"/libnode.so", {"V8", 64 * kMiB}},
    Mark{"/libruby", {"Ruby", 64 * kMiB}},
    Mark{"/libgc.so", {"the Boehm collector", 64 * kMiB}},
    Mark{"/libgphobos", {"D", 64 * kMiB}},
    Mark{"/libphobos2", {"D", 64 * kMiB}},
};

// A file's bytes for as long as this lives; empty when it cannot be read.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd >= 0 && ::fstat(fd, &status) == 0 && status.st_size > 0) {
      const auto size = static_cast<size_t>(status.st_size);
      void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
      if (start != MAP_FAILED) {
        bytes_ = {static_cast<const char*>(start), size};
      }
    }
    if (fd >= 0) {
      static_cast<void>(::close(fd));
    }
  }
  ~MappedFile() {
    if (!bytes_.empty()) {
      static_cast<void>(::munmap(const_cast<char*>(bytes_.data()), bytes_.size()));
    }
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

bool Contains(std::string_view bytes, std::string_view mark) {
  return std::search(bytes.begin(), bytes.end(),
                     std::boyer_moore_horspool_searcher(mark.begin(), mark.end())) != bytes.end();
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The servers that come with the suite are this program, which has the marks in its own table.
bool IsThisProgram(const std::string& process) {
  struct stat its {};
  struct stat own {};
  return ::stat((process + "/exe").c_str(), &its) == 0 && ::stat("/proc/self/exe", &own) == 0 &&
         its.st_dev == own.st_dev && its.st_ino == own.st_ino;
}

void Keep(std::optional<GarbageCollector>& most, const GarbageCollector& found) {
  const auto room = [](const GarbageCollector& one) { return one.may_grow.value_or(UINT64_MAX); };
  if (!most || room(found) > room(*most)) {
    most = found;
  }
}

}  // namespace

std::optional<GarbageCollector> CollectorOf(const std::vector<pid_t>& processes) {
  std::optional<GarbageCollector> most;
  for (const pid_t pid : processes) {
    const std::string process = "/proc/" + std::to_string(pid);
    if (IsThisProgram(process)) {
      continue;
    }
    const MappedFile executable(process + "/exe");
    for (const Mark& mark : kMarks) {
      if (Contains(executable.bytes(), mark.bytes)) {
        Keep(most, mark.collector);
      }
    }
    const std::string maps = ReadText(process + "/maps");
    for (const Mark& mark : kLibraries) {
      if (Contains(maps, mark.bytes)) {
        Keep(most, mark.collector);
      }
    }
  }
  return most;
}

}  // namespace eagain::checks
