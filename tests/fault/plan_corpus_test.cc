// Replays the fuzzer's kept inputs, under any compiler.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace eagain::fault {
namespace {

TEST(PlanCorpusTest, EveryKeptInputHoldsWhatTheFuzzerAsserts) {
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(EAGAIN_PLAN_CORPUS)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size()),
              0);
    ++replayed;
  }
  EXPECT_GT(replayed, 10);
}

}  // namespace
}  // namespace eagain::fault
