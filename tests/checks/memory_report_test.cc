// Logs are as GCC 12, clang 14 and valgrind 3.19 wrote them, but for their length.
#include "eagain/checks/memory_report.h"

#include <gmock/gmock.h>

#include "eagain/checks/stack_frames.h"

namespace eagain::checks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kOverflow =
    R"(=================================================================
==29297==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60b000000154 at pc 0x55fd5c0d1652 bp 0x7ffe919b2250 sp 0x7ffe919b2248
WRITE of size 1 at 0x60b000000154 thread T0
    #0 0x55fd5c0d1651 in serve(client&) /home/me/my server/t.cc:10
    #1 0x55fd5c0d1651 in main /home/me/my server/t.cc:30:7
    #2 0x7fd9b8c45249 in __libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58
    #3 0x7fd9b8c45304 in __libc_start_main_impl ../csu/libc-start.c:360
    #4 0x55fd5c0d11a0 in _start (/tmp/mem/ga+0x21a0) (BuildId: 8d116683be450fec6c58a27be1063e668239f85c)

0x60b000000154 is located 0 bytes to the right of 100-byte region [0x60b0000000f0,0x60b000000154)
allocated by thread T0 here:
    #0 0x7fd9b96b89cf in __interceptor_malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69
    #1 0x55fd5c0d12b6 in main /home/me/my server/t.cc:9

SUMMARY: AddressSanitizer: heap-buffer-overflow /tmp/mem/t.c:10 in main
Shadow bytes around the buggy address:
  0x0c167fff7fd0: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
)";

TEST(SanitizerLogTest, AnOverflowSaysWhereItHappenedAndWhatWasOverrun) {
  const auto reports = ReadSanitizerLog(kOverflow);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].concern, Concern::kAddress);
  EXPECT_EQ(reports[0].tool, "AddressSanitizer");
  EXPECT_EQ(reports[0].kind, "heap-buffer-overflow");
  EXPECT_EQ(reports[0].pid, 29297);
  EXPECT_THAT(
      reports[0].lines,
      ElementsAre("WRITE of size 1", "  #0 serve(client&) t.cc:10", "  #1 main t.cc:30",
                  "0 bytes to the right of 100-byte region", "allocated by thread T0",
                  "  #0 __interceptor_malloc asan_malloc_linux.cpp:69", "  #1 main t.cc:9"));
  EXPECT_THAT(reports[0].text, HasSubstr("SUMMARY: AddressSanitizer"));
  EXPECT_THAT(reports[0].text, Not(HasSubstr("Shadow")));
}

TEST(SanitizerLogTest, TheSameMistakeHasTheSameKey) {
  std::string again(kOverflow);
  for (size_t at = again.find("0x60b"); at != std::string::npos; at = again.find("0x60b")) {
    again.replace(at, 5, "0x60c");
  }
  again.replace(again.find("29297"), 5, "30000");
  EXPECT_EQ(ReadSanitizerLog(again)[0].key, ReadSanitizerLog(kOverflow)[0].key);
  again.replace(again.find(":10\n"), 4, ":11\n");
  EXPECT_NE(ReadSanitizerLog(again)[0].key, ReadSanitizerLog(kOverflow)[0].key);
}

TEST(SanitizerLogTest, ALogThatIsCutAnywhereIsReadAsFarAsItGoes) {
  for (size_t length = 0; length <= kOverflow.size(); ++length) {
    const auto reports = ReadSanitizerLog(kOverflow.substr(0, length));
    EXPECT_LE(reports.size(), 1U) << length;
    EXPECT_EQ(reports.empty(), length < kOverflow.find("heap-buffer")) << length;
  }
}

TEST(SanitizerLogTest, WhatIsNoReportIsPassedOver) {
  EXPECT_THAT(ReadSanitizerLog(""), IsEmpty());
  EXPECT_THAT(ReadSanitizerLog(std::string("\0\xff#0\n==\n==12\n==12==\n==x==ERROR: \n", 30)),
              IsEmpty());
  EXPECT_THAT(ReadSanitizerLog("ERROR: no such file\n    #0 0x1 in f f.c:1\n"
                               "panic: runtime error: index out of range\n"
                               "==1==WARNING: AddressSanitizer: warns\n"
                               "AddressSanitizer exit stats:\nStats: 0M malloced\n"),
              Not(testing::Contains(testing::Field(&MemoryReport::concern, Concern::kRace))));
  EXPECT_THAT(ReadSanitizerLog("==5==LeakSanitizer has encountered a fatal error.\n"
                               "==5==HINT: LeakSanitizer does not work under ptrace\n"),
              IsEmpty());
  EXPECT_THAT(
      ReadSanitizerLog("==5==ERROR: AddressSanitizer: out of memory: allocator is trying to "
                       "allocate 0x7f bytes\n"),
      IsEmpty());
}

TEST(SanitizerLogTest, UndefinedBehaviourGoesOnAndIsToldByItsPlace) {
  const auto reports = ReadSanitizerLog(
      "t.c:11:44: runtime error: signed integer overflow: 2147483647 + 3 cannot be represented in "
      "type 'int'\n"
      "    #0 0x55ed267b7755 in main /tmp/mem/t.c:11\n"
      "    #1 0x7efe75e45249 in __libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58\n"
      "\n"
      "t.c:12:1: runtime error: load of value 7, which is not a valid value for type 'bool'\n");
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[0].tool, "UndefinedBehaviorSanitizer");
  EXPECT_THAT(reports[0].kind, HasSubstr("signed integer overflow"));
  EXPECT_THAT(reports[0].lines, ElementsAre("at t.c:11:44", "  #0 main t.c:11"));
  EXPECT_THAT(reports[1].lines, ElementsAre("at t.c:12:1"));
  EXPECT_EQ(reports[1].key, "undefined behaviour, at t.c:12:1");
}

TEST(SanitizerLogTest, EachDirectLeakIsAReportAndNoIndirectOneIs) {
  const auto reports = ReadSanitizerLog(
      "\n=================================================================\n"
      "==29289==ERROR: LeakSanitizer: detected memory leaks\n"
      "\n"
      "Direct leak of 4096 byte(s) in 2 object(s) allocated from:\n"
      "    #0 0x7fa5 in __interceptor_malloc "
      "../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69\n"
      "    #1 0x5610 in welcome /tmp/mem/t.c:9\n"
      "\n"
      "Indirect leak of 33 byte(s) in 1 object(s) allocated from:\n"
      "    #0 0x7fa5 in __interceptor_malloc "
      "../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69\n"
      "\n"
      "SUMMARY: AddressSanitizer: 4129 byte(s) leaked in 3 allocation(s).\n");
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].concern, Concern::kLeak);
  EXPECT_EQ(reports[0].bytes, 4096U);
  EXPECT_EQ(reports[0].pid, 29289);
  EXPECT_THAT(reports[0].lines[0], "Direct leak of 4096 byte(s) in 2 object(s), allocated by");
  EXPECT_THAT(reports[0].lines.back(), "  #1 welcome t.c:9");
}

std::string Race(std::string_view first, std::string_view second) {
  return "==================\nWARNING: ThreadSanitizer: data race (pid=7)\n  Write of size 8 at "
         "0x7b0400000010 by thread T1 (mutexes: write M1):\n    #0 " +
         std::string(first) +
         " /tmp/t.c:5 (a.out+0x11)\n\n  Previous read of size 8 at 0x7b0400000010 by main "
         "thread:\n    #0 " +
         std::string(second) +
         " /tmp/t.c:5 (a.out+0x22)\n\n  Location is global 'connected' of size 24 at 0x55 "
         "(a.out+0x4050)\n\n  Thread T1 (tid=9, running) created by main thread at:\n    #0 "
         "pthread_create ../../../../src/libsanitizer/tsan/tsan_interceptors_posix.cpp:969 "
         "(libtsan.so.2+0x60d73)\n    #1 main /tmp/t.c:99 (a.out+0x33)\n\nSUMMARY: "
         "ThreadSanitizer: data race /tmp/t.c:5 in push\n==================\n";
}

TEST(SanitizerLogTest, ARaceHasBothOfItsSidesAndNotTheBirthOfTheThread) {
  const auto reports = ReadSanitizerLog(Race("push", "look"));
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].concern, Concern::kRace);
  EXPECT_EQ(reports[0].kind, "data race");
  EXPECT_THAT(reports[0].lines,
              ElementsAre("Write of size 8 by thread T1", "  #0 push t.c:5",
                          "Previous read of size 8 by main thread", "  #0 look t.c:5",
                          "Location is global 'connected' of size 24"));
  EXPECT_EQ(reports[0].key, ReadSanitizerLog(Race("look", "push"))[0].key);
}

TEST(SanitizerLogTest, AThreadThatWasNotJoinedAndAnOrderOfLocksAreNoRaces) {
  EXPECT_THAT(
      ReadSanitizerLog("WARNING: ThreadSanitizer: thread leak (pid=7)\n"
                       "WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) "
                       "(pid=7)\nWARNING: ThreadSanitizer: signal-unsafe call inside of a "
                       "signal (pid=7)\n"),
      IsEmpty());
  EXPECT_EQ(ReadSanitizerLog("WARNING: ThreadSanitizer: heap-use-after-free (pid=7)\n")[0].concern,
            Concern::kAddress);
}

constexpr std::string_view kValgrind = R"(==7== Memcheck, a memory error detector
==7== Syscall param epoll_ctl(event) points to uninitialised byte(s)
==7==    at 0x49684EE: epoll_ctl (syscall-template.S:120)
==7==    by 0x109211: main (v.c:5)
==7==
==7== Invalid write of size 1
==8== Conditional jump or move depends on uninitialised value(s)
==7==    at 0x10924E: serve (v.c:5)
==8==    at 0x10921F: child (v.c:7)
==7==    by 0x10924E: main (v.c:15)
==7==  Address 0x4a43042 is 2 bytes inside a block of size 10 free'd
==7==    at 0x484417B: free (in /usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so)
==7==    by 0x109245: leave (v.c:6)
==7==  Block was alloc'd at
==7==    at 0x48417B4: malloc (in /usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so)
==7==    by 0x1091F7: come (v.c:4)
==8==
==7==
==7== HEAP SUMMARY:
==7==     in use at exit: 77 bytes in 1 blocks
==7==
==7== 1,024 (48 direct, 976 indirect) bytes in 1 blocks are definitely lost in loss record 1 of 1
==7==    at 0x48417B4: malloc (in /usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so)
==7==    by 0x10925A: come (v.c:9)
==7==
==7== LEAK SUMMARY:
==7==    definitely lost: 77 bytes in 1 blocks
)";

TEST(ValgrindLogTest, ReportsAreReadByProcess) {
  const auto reports = ReadValgrindLog(kValgrind);
  ASSERT_THAT(reports, SizeIs(3));
  EXPECT_EQ(reports[0].kind, "Invalid write of size 1");
  EXPECT_EQ(reports[0].concern, Concern::kAddress);
  EXPECT_THAT(
      reports[0].lines,
      ElementsAre("  #0 serve v.c:5", "  #1 main v.c:15",
                  "2 bytes inside a block of size 10 free'd",
                  "  #0 free vgpreload_memcheck-amd64-linux.so", "  #1 leave v.c:6", "allocated by",
                  "  #0 malloc vgpreload_memcheck-amd64-linux.so", "  #1 come v.c:4"));
  EXPECT_EQ(reports[1].concern, Concern::kLeak);
  EXPECT_EQ(reports[1].bytes, 1024U);
  EXPECT_THAT(reports[2].kind, HasSubstr("uninitialised value"));
  EXPECT_EQ(reports[2].pid, 8);
  EXPECT_THAT(reports[2].lines, ElementsAre("  #0 child v.c:7"));
}

TEST(ValgrindLogTest, BytesThatWereNeverSetAreAMistakeWhereAClientGetsThem) {
  EXPECT_THAT(ReadValgrindLog("==7== Syscall param sendto(msg) points to uninitialised byte(s)\n"),
              SizeIs(1));
  EXPECT_THAT(ReadValgrindLog("==7== Syscall param setsockopt(optval) points to uninitialised "
                              "byte(s)\n"),
              IsEmpty());
  EXPECT_THAT(ReadValgrindLog("==7== Syscall param read(buf) points to unaddressable byte(s)\n"),
              SizeIs(1));
}

TEST(ValgrindLogTest, ALogThatIsCutAnywhereIsReadAsFarAsItGoes) {
  for (size_t length = 0; length <= kValgrind.size(); ++length) {
    EXPECT_LE(ReadValgrindLog(kValgrind.substr(0, length)).size(), 3U);
  }
}

std::string FunctionIn(const std::string& name) {
  return ParseSanitizerFrame("    #0 0x1 in " + name + " /home/me/a.cc:1:2").value().function;
}

TEST(StackFramesTest, TemplateArgumentsAreLeftOut) {
  EXPECT_EQ(FunctionIn("std::vector<int, std::allocator<int> >::push_back(int const&)"),
            "std::vector::push_back(int const&)");
  EXPECT_EQ(FunctionIn("operator<(Client<1> const&, Client<2> const&)"),
            "operator<(Client const&, Client const&)");
  EXPECT_EQ(FunctionIn("std::operator<< <char>(int)"), "std::operator<< (int)");
  EXPECT_EQ(FunctionIn("Ring<int>::operator->() const"), "Ring::operator->() const");
  EXPECT_EQ(FunctionIn("odd<name"), "odd<name");
  EXPECT_EQ(FunctionIn("serve"), "serve");
}

TEST(StackFramesTest, OfForeignFramesTheOneThatWasCalledStays) {
  const auto frame = [](const char* name, bool foreign) {
    return StackFrame{.function = name, .place = "", .is_foreign = foreign};
  };
  const auto kept =
      FramesOfInterest({frame("deep", true), frame("push_back", true), frame("serve", false),
                        frame("main", false), frame("start", true)},
                       6);
  ASSERT_THAT(kept, SizeIs(3));
  EXPECT_EQ(kept[0].function, "push_back");
  EXPECT_THAT(FramesOfInterest({frame("a", true), frame("b", true)}, 6), SizeIs(2));
  EXPECT_THAT(FramesOfInterest({frame("a", false), frame("b", false)}, 1), SizeIs(1));
}

}  // namespace
}  // namespace eagain::checks
