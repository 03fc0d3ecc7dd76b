// With what a process collects its garbage, told of programs that bear the marks of a run-time.
#include "eagain/checks/garbage_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <thread>

#include "eagain/support/folder_test.h"

namespace eagain::checks {
namespace {

using testing::Eq;
using testing::Field;
using testing::Optional;

class GarbageCollectorTest : public FolderTest {
 protected:
  // That of a process whose executable has the name (as libraries have, it is a file that is mapped)
  // and the mark. It is cat, and is looked at once it has begun.
  std::optional<GarbageCollector> collector_of(const std::string& name,
                                               const std::string& mark) const {
    const std::filesystem::path program = folder_ / name;
    const std::filesystem::path pid = folder_ / "pid";
    const std::filesystem::path out = folder_ / "out";
    std::filesystem::copy_file("/bin/cat", program);
    std::ofstream(program, std::ios::app | std::ios::binary) << mark;
    const std::string command =
        "echo $$ > " + pid.string() + "; exec " + program.string() + " > " + out.string();
    std::FILE* const input = ::popen(command.c_str(), "w");
    std::fputs("begun", input);
    std::fflush(input);
    for (int looks = 0; looks < 10'000 && ContentsOf(out).empty(); ++looks) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(ContentsOf(out), "begun");
    const auto collector = CollectorOf({std::stoi(ContentsOf(pid))});
    ::pclose(input);
    return collector;
  }
};

TEST_F(GarbageCollectorTest, OrdinaryProgramHasNone) {
  EXPECT_EQ(collector_of("server", "").has_value(), false);
}

struct Marked {
  std::string mark;
  std::string_view collector;
};

void PrintTo(const Marked& marked, std::ostream* out) { *out << marked.mark; }

class ExecutableTest : public GarbageCollectorTest, public testing::WithParamInterface<Marked> {};

TEST_P(ExecutableTest, IsKnownByItsBytes) {
  EXPECT_THAT(collector_of("server", GetParam().mark),
              Optional(Field(&GarbageCollector::name, Eq(GetParam().collector))));
}

INSTANTIATE_TEST_SUITE_P(All, ExecutableTest,
                         testing::Values(Marked{"Go buildinf:", "Go"}, Marked{"NODE_OPTIONS", "V8"},
                                         Marked{"BUN_JSC_", "JavaScriptCore"},
                                         Marked{"DART_VM_OPTIONS", "Dart"},
                                         Marked{"CHEZSCHEMELIBDIRS", "Chez Scheme"},
                                         Marked{"PLT_INCREMENTAL_GC", "Racket"}));

class LibraryTest : public GarbageCollectorTest, public testing::WithParamInterface<Marked> {};

TEST_P(LibraryTest, IsKnownByItsName) {
  EXPECT_THAT(collector_of(GetParam().mark, ""),
              Optional(Field(&GarbageCollector::name, Eq(GetParam().collector))));
}

INSTANTIATE_TEST_SUITE_P(
    All, LibraryTest,
    testing::Values(Marked{"libjvm.so", "the Java virtual machine"},
                    Marked{"libruby-3.1.so.3.1", "Ruby"}, Marked{"libpypy3.9-c.so", "PyPy"},
                    Marked{"libgo.so.21", "Go"}, Marked{"libjulia.so.1", "Julia"},
                    Marked{"libmozjs-102.so.0", "SpiderMonkey"},
                    Marked{"libjavascriptcoregtk-4.1.so.0", "JavaScriptCore"},
                    Marked{"libswipl.so.9", "SWI-Prolog"}, Marked{"libmoar.so", "MoarVM"},
                    Marked{"libpolyml.so.9", "Poly/ML"}, Marked{"libchicken.so.11", "CHICKEN"},
                    Marked{"libgambit.so.4", "Gambit"}));

TEST_F(GarbageCollectorTest, OfSeveralTheOneWithMostRoomCounts) {
  const auto collector = collector_of("libjvm.so", "NODE_OPTIONS");
  ASSERT_TRUE(collector);
  EXPECT_EQ(collector->name, "the Java virtual machine");
  EXPECT_EQ(collector->may_grow, std::nullopt);
}

}  // namespace
}  // namespace eagain::checks
