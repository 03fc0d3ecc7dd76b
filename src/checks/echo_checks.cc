// The service itself: whatever a client sends comes back, and nothing else does. One client at a
// time, so that a server which serves its clients one after the other is asked nothing that it does
// not promise.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <string_view>

#include "eagain/checks/check.h"
#include "eagain/checks/context.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

using std::string_literals::operator""s;

awaitable<void> OneByte(Context& ctx) {
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("x");
  co_await peer.expect_nothing();
}

awaitable<void> RoundTrips(Context& ctx) {
  Peer peer = co_await ctx.connect();
  for (int i = 1; i <= 200; ++i) {
    co_await peer.round_trip(fmt::format("request {} of 200\n", i));
  }
  co_await peer.expect_nothing();
}

awaitable<void> BufferBoundaries(Context& ctx) {
  constexpr std::array<uint64_t, 10> kSizes = {1,    1023, 1024,  1025,  4095,
                                               4096, 4097, 65535, 65536, 65537};
  Peer peer = co_await ctx.connect();
  for (const uint64_t size : kSizes) {
    co_await peer.exchange_pattern(size);
    // A short message after a long one: what a buffer still holds of the long one must not come.
    co_await peer.exchange_pattern(3);
  }
  co_await peer.expect_nothing();
}

awaitable<void> Binary(Context& ctx) {
  std::string every_value(256, '\0');
  std::iota(every_value.begin(), every_value.end(), '\0');
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip(every_value);
  std::reverse(every_value.begin(), every_value.end());
  co_await peer.round_trip(every_value);
  co_await peer.round_trip("\0\0\0\0"s);
  co_await peer.round_trip("in the \0 middle"s);
  co_await peer.round_trip("not UTF-8: \xff\xfe\xc0\xaf\xed\xa0\x80\xf5"s);
  co_await peer.expect_nothing();
}

awaitable<void> SplitCharacters(Context& ctx) {
  struct Cut {
    std::string first;
    std::string second;
  };
  // Characters of two, three and four bytes, cut after the first byte, and before the last.
  const std::array<Cut, 4> cuts = {{{"caf\xc3", "\xa9\n"},
                                    {"5 \xe2", "\x82\xac\n"},
                                    {"5 \xe2\x82", "\xac\n"},
                                    {"\xf0\x9f\x98", "\x80\n"}}};
  Peer peer = co_await ctx.connect();
  for (const Cut& cut : cuts) {
    co_await peer.send(cut.first);
    // Once the server has settled it has read the first part, so the second is a recv of its own.
    // Whether it has echoed the first part by then is its own affair.
    co_await ctx.handled();
    co_await peer.send(cut.second);
    co_await peer.expect(cut.first + cut.second);
  }
  peer.close();
  co_await ctx.expect_alive("characters that came in two parts");
}

awaitable<void> Large(Context& ctx) {
  Peer peer = co_await ctx.connect();
  co_await peer.exchange_pattern(8 << 20);
  co_await peer.expect_nothing();
}

awaitable<void> OrdinaryWords(Context& ctx) {
  constexpr std::array<std::string_view, 12> kWords = {
      "exit",     "quit",     "close",     "exit\n", "quit\n", "close\n",
      "exit\r\n", "quit\r\n", "close\r\n", "\n",     "\r\n",   "\r"};
  Peer peer = co_await ctx.connect();
  for (const std::string_view word : kWords) {
    try {
      co_await peer.round_trip(std::string(word));
    } catch (const Failure& failure) {
      throw Failure(fmt::format("{} comes back, like any other data", driver::Excerpt(word)),
                    failure.actual());
    }
  }
  co_await peer.expect_nothing();
}

awaitable<void> Unsolicited(Context& ctx) {
  Peer peer = co_await ctx.connect();
  co_await peer.expect_nothing();
}

awaitable<void> AfterSilence(Context& ctx) {
  // Longer than the one-second receive timeout that such servers have most often; fair time, so
  // that a busy machine does not shorten the silence.
  constexpr std::chrono::milliseconds kSilence{1500};
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("before the silence");
  ctx.transcript().note("nobody says anything for 1.5 s");
  co_await ctx.patience().pass(kSilence);
  co_await peer.round_trip("after the silence");
}

awaitable<void> SequentialClients(Context& ctx) {
  constexpr int kClients = 50;
  ctx.tell_progress(0, kClients, "clients served");
  for (int i = 1; i <= kClients; ++i) {
    Peer peer = co_await ctx.connect();
    co_await peer.round_trip(fmt::format("client {} of {}\n", i, kClients));
    peer.close();
    ctx.tell_progress(i, kClients, "clients served");
  }
}

constexpr Check kEchoChecks[] = {
    {.id = "echo/one-byte",
     .level = Level::kMust,
     .requirement = "one byte comes back",
     .why = "One byte may be all that a client has to say, and it waits for the answer: that byte, "
            "nothing more, and no end of the connection.",
     .source = "RFC 862",
     .run = OneByte},
    {.id = "echo/round-trips",
     .level = Level::kMust,
     .requirement = "200 requests and replies in turn on one connection",
     .why = "A connection lasts for as long as the client wants, not for one message.",
     .source = "RFC 862",
     .run = RoundTrips},
    {.id = "echo/buffer-boundaries",
     .level = Level::kMust,
     .requirement = "messages of 1, 1023 to 1025, 4095 to 4097 and 65535 to 65537 bytes come back "
                    "whole",
     .why = "Mistakes by one show where a message just fills the server's buffer, or just does "
            "not.",
     .source = "recv(2)",
     .run = BufferBoundaries},
    {.id = "echo/binary",
     .level = Level::kMust,
     .requirement = "all 256 byte values, NUL and invalid UTF-8 among them, come back unchanged",
     .why = "TCP carries bytes: neither strings that end at a NUL nor text in some encoding.",
     .source = "RFC 862; RFC 9293, section 2.2",
     .run = Binary},
    {.id = "echo/split-characters",
     .level = Level::kMust,
     .requirement = "a multi-byte character cut between two packets comes back whole, and the "
                    "server lives",
     .why = "TCP may cut a stream anywhere, also in the middle of a character.",
     .source = "RFC 9293, section 2.2; utf-8(7)",
     .run = SplitCharacters},
    {.id = "echo/large",
     .level = Level::kMust,
     .requirement = "8 MiB, written and read at the same time, come back byte for byte",
     .why = "More than all buffers hold: every short send and every partial read shows here.",
     .source = "send(2), recv(2)",
     .run = Large},
    {.id = "echo/ordinary-words",
     .level = Level::kMust,
     .requirement = "exit, quit, close, an empty line, a lone CR or LF are data like any other",
     .why = "Whether a client wants to leave is said by closing the connection, not by a word in "
            "its data.",
     .source = "RFC 862",
     .run = OrdinaryWords},
    {.id = "echo/unsolicited",
     .level = Level::kMust,
     .requirement = "nothing is sent before the client sends",
     .why = "A greeting or a prompt is taken by every client for the echo of its own bytes.",
     .source = "RFC 862",
     .run = Unsolicited},
    {.id = "echo/after-silence",
     .level = Level::kMust,
     .requirement = "a connection that was quiet for a while still echoes",
     .why = "A client that thinks is no client that left; EAGAIN from a receive timeout is no end.",
     .source = "socket(7), SO_RCVTIMEO; recv(2), EAGAIN",
     .run = AfterSilence},
    {.id = "echo/sequential-clients",
     .level = Level::kMust,
     .requirement = "50 clients, one after the other, are all served",
     .why = "A server outlives its first client.",
     .source = "RFC 862; accept(2)",
     .run = SequentialClients},
};

}  // namespace

std::span<const Check> EchoChecks() { return kEchoChecks; }

}  // namespace eagain::checks
