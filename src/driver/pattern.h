// Pattern: an endless stream of bytes in which every place tells which stream it is of and how far
// along. So an echo that is wrong says what went wrong: bytes missing, sent twice, out of order, or
// another client's.
//
// All of it is printable ASCII without spaces or line ends, so that a server which decodes what it reads, stops
// at a NUL or changes line ends is not accused of losing bytes: other checks name those defects.
//
// The stream is a row of 8-byte words made of the stream's number, the word's number and a check, whitened. It
// begins again after 1 GiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace eagain::driver {

class Pattern {
 public:
  static constexpr uint16_t kStreams = 4096;  // numbers beyond begin again at 0

  explicit Pattern(uint16_t stream) : stream_(stream % kStreams) {}

  uint16_t stream() const { return stream_; }
  // Writes the bytes at offset, offset + 1, ... into `out`.
  void fill(uint64_t offset, std::span<char> out) const;
  std::string bytes(uint64_t offset, size_t count) const;
  // The index in `data` of the first byte that is not the pattern's from `offset` on.
  std::optional<size_t> first_difference(uint64_t offset, std::span<const char> data) const;

  // Where bytes come from, judged by the first whole valid words in them.
  struct Place {
    uint16_t stream;
    uint64_t offset;  // of the first byte of `data`
  };
  static std::optional<Place> locate(std::span<const char> data);
  // What `data` is, which came where `offset` was due: "65,536 bytes are missing: these are the
  // bytes of offset 131,072", "the bytes of offset 4,096 came a second time", "bytes of client 3",
  // "not bytes that were sent".
  std::string diagnose(uint64_t offset, std::span<const char> data) const;

 private:
  uint16_t stream_;
};

// A window of hex and text around the first difference of two byte strings, for a report.
std::string HexWindow(std::span<const char> expected, std::span<const char> actual,
                      uint64_t base_offset = 0);

}  // namespace eagain::driver
