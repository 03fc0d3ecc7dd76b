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

constexpr GarbageCollector Unbounded(std::string_view name) { return {name, std::nullopt}; }
// Unless more is known of it: enough for a heap of this size that doubles before it is collected.
constexpr GarbageCollector Bounded(std::string_view name, uint64_t by = 64 * kMiB) {
  return {name, by};
}

// Words that survive strip(1): names of environment variables, messages.
const std::array kMarks = {
    Mark{"JDK_JAVA_OPTIONS", Unbounded("the Java virtual machine")},
    Mark{"com.oracle.svm", Unbounded("GraalVM")},
    Mark{"DOTNET_ROOT", Unbounded(".NET")},
    Mark{"MONO_GC_PARAMS", Unbounded("Mono")},
    Mark{"NODE_OPTIONS", Bounded("V8")},
    Mark{"V8_Fatal", Bounded("V8")},
    Mark{"BUN_JSC_", Bounded("JavaScriptCore")},
    Mark{"DART_VM_OPTIONS", Bounded("Dart")},
    Mark{"RUBY_GC_HEAP", Bounded("Ruby")},
    Mark{"ERL_CRASH_DUMP", Bounded("Erlang")},
    Mark{"GHCRTS", Bounded("Haskell")},
    Mark{"OCAMLRUNPARAM", Bounded("OCaml")},
    Mark{"GC_INITIAL_HEAP_SIZE", Bounded("the Boehm collector")},
    Mark{"SBCL_HOME", Bounded("SBCL")},
    Mark{"CHEZSCHEMELIBDIRS", Bounded("Chez Scheme")},
    Mark{"PLT_INCREMENTAL_GC", Bounded("Racket")},
    Mark{"Go buildinf:", Bounded("Go", 8 * kMiB)},
};

const std::array kLibraries = {
    Mark{"/libjvm.so", Unbounded("the Java virtual machine")},
    Mark{"/libcoreclr.so", Unbounded(".NET")},
    Mark{"/libmonosgen", Unbounded("Mono")},
    Mark{"/libnode.so", Bounded("V8")},
    Mark{"/libmozjs", Bounded("SpiderMonkey")},
    Mark{"/libjavascriptcore", Bounded("JavaScriptCore")},
    Mark{"/libruby", Bounded("Ruby")},
    Mark{"/libpypy", Bounded("PyPy")},
    Mark{"/libjulia", Bounded("Julia")},
    Mark{"/libgc.so", Bounded("the Boehm collector")},
    Mark{"/libgphobos", Bounded("D")},
    Mark{"/libphobos2", Bounded("D")},
    Mark{"/libswipl", Bounded("SWI-Prolog")},
    Mark{"/libmoar", Bounded("MoarVM")},
    Mark{"/libpolyml", Bounded("Poly/ML")},
    Mark{"/libchicken", Bounded("CHICKEN")},
    Mark{"/libgambit", Bounded("Gambit")},
    Mark{"/libgo.so", Bounded("Go", 8 * kMiB)},
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
