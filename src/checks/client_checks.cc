// Of a client: what is typed is sent, what is echoed is shown, and it ends when it should.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "eagain/checks/check.h"
#include "eagain/checks/client_trial.h"
#include "eagain/checks/context.h"
#include "eagain/checks/shown_text.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

awaitable<void> RoundTrip(Context& ctx) {
  ClientTrial client(ctx);
  for (const char* line : {"hello", "a line of several words", "42"}) {
    co_await client.say(line);
  }
  co_await client.expect_shown();
}

// Numbers, so that no part of it is like another; and without a blank, at which some would cut it.
std::string LongLine(size_t bytes) {
  std::string line;
  for (int number = 0; line.size() < bytes; ++number) {
    line += fmt::format("{:06}.", number);
  }
  line.resize(bytes);
  return line;
}

// Longer than the largest buffer that is usual, which is 65,536 bytes.
constexpr size_t kLong = 100'000;

awaitable<void> LongMessage(Context& ctx) {
  ClientTrial client(ctx);
  co_await client.say(LongLine(kLong));
  co_await client.say("the line after it");
  co_await client.expect_shown();
}

awaitable<void> SplitEcho(Context& ctx) {
  ClientTrial client(ctx);
  co_await client.say("na\u00efve caf\u00e9, d\u00e9j\u00e0 vu, all for 20 \u20ac, and plain words",
                      EchoComes::kInPieces);
  co_await client.say("the line after it");
  co_await client.expect_shown();
}

constexpr const char* kAfterEmpty = "the line after the empty one";

// One may take it for the end; that is not asked here.
void JudgeEndAtEmptyLine(Context& ctx) {
  const driver::ProcessEnd end = *ctx.server_end();
  if (end.signaled || end.status != 0) {
    throw Failure("the client survives an empty line", "it has ended: " + end.describe());
  }
  ctx.transcript().note("the client takes the empty line for the end, and ends");
}

awaitable<void> EmptyLine(Context& ctx) {
  ClientTrial client(ctx);
  co_await client.say("hello");
  const size_t sent_before = client.server().received().size();
  co_await client.type("\n");
  static_cast<void>(co_await client.at_rest());
  if (client.has_ended()) {
    JudgeEndAtEmptyLine(ctx);
    co_return;
  }
  const bool sent = client.server().received().size() > sent_before;
  try {
    co_await client.say(kAfterEmpty);
  } catch (const Failure& failure) {
    throw Failure(failure.expected(),
                  fmt::format("{}\nFor the empty line {}.", failure.actual(),
                              sent ? "it had sent something, and got that back"
                                   : "it had sent nothing: there is no echo to wait for"));
  }
  co_await client.expect_shown();
}

// How a client that was to end well has ended.
void ExpectEndedWell(Context& ctx, const std::string& expected) {
  const driver::ProcessEnd end = *ctx.server_end();
  if (end.signaled || end.status != 0) {
    throw Failure(expected, "it ended otherwise: " + end.describe());
  }
}

awaitable<void> Exit(Context& ctx) {
  ClientTrial client(ctx);
  co_await client.say("hello");
  const size_t sent_before = client.server().received().size();
  co_await client.type("exit\n");
  const std::string expected = "the word exit ends the client, with status 0";
  const bool ended = co_await client.ended();
  if (!ended) {
    const bool sent = client.server().received().find("exit", sent_before) != std::string::npos;
    throw Failure(expected, fmt::format("it goes on{}: {}",
                                        sent ? ", and sends the word like any other line" : "",
                                        client.why()));
  }
  ExpectEndedWell(ctx, expected);
}

// More than anybody says who leaves.
constexpr size_t kMuch = 16 * 1024;

awaitable<void> EndOfInput(Context& ctx) {
  ClientTrial client(ctx);
  co_await client.say("hello");
  const size_t shown_before = client.shown().size();
  client.end_input();
  const std::string expected = "the end of its input ends the client, with status 0";
  const bool ended = co_await client.ended();
  if (!ended) {
    const bool prints = client.shown().size() - shown_before > kMuch;
    throw Failure(expected, fmt::format("it goes on{}: {}",
                                        prints ? ", and prints without end" : "", client.why()));
  }
  ExpectEndedWell(ctx, expected);
}

constexpr const char* kServerLeft = "the client says that the server has left, and does not go on";
constexpr const char* kLineAfter = "is anybody there?";

void JudgeEndWithoutServer(Context& ctx, bool said) {
  const driver::ProcessEnd end = *ctx.server_end();
  if (end.signaled) {
    throw Failure(kServerLeft, "it was " + end.describe());
  }
  if (!said) {
    throw Failure(kServerLeft, fmt::format("it ended without a word of it ({})", end.describe()));
  }
}

// A client that waits for what is typed can learn that the server has left only when it sends, and
// receives nothing: so one more line is typed.
awaitable<void> ServerCloses(Context& ctx) {
  ClientTrial client(ctx);
  co_await client.say("hello");
  const bool shows_at_once = client.all_shown();
  const std::string before = client.shown();
  client.server().leave();
  static_cast<void>(co_await client.at_rest());
  if (!client.has_ended()) {
    co_await client.type(std::string(kLineAfter) + "\n");
  }
  const auto said = [&] {
    return SaysSomethingNew(std::string_view(client.shown()).substr(before.size()), before,
                            std::string("hello ") + kLineAfter);
  };
  bool done = co_await client.until([&] { return client.has_ended() || said(); });
  if (!done && !shows_at_once) {
    client.end_input();
    done = co_await client.ended();
  }
  if (!done) {
    throw Failure(kServerLeft, "it says nothing of that, and goes on: " + client.why());
  }
  const bool rests = co_await client.at_rest();
  if (!rests) {
    throw Failure(kServerLeft, fmt::format("it goes round and round without end; it is in: {}",
                                           fmt::join(driver::BlockedIn(ctx.server().pid()), ", ")));
  }
  if (client.has_ended()) {
    JudgeEndWithoutServer(ctx, said());
  }
}

constexpr const char* kRefused =
    "without a server the client says so, and ends with a status other than 0";

void JudgeRefused(Context& ctx) {
  const driver::ProcessEnd end = *ctx.server_end();
  if (end.signaled) {
    throw Failure(kRefused, "it was " + end.describe());
  }
  if (end.status == 0) {
    throw Failure(kRefused, "it ended with exit status 0, as if all were well");
  }
  if (!SaysSomething(ctx.server().shown())) {
    throw Failure(kRefused, fmt::format("it ended without a word ({})", end.describe()));
  }
}

// Some connect when there is something to send, some ask again: so a line is typed, and then the
// input ends.
awaitable<void> Refused(Context& ctx) {
  const driver::RefusingPort nobody(ctx.io(), ctx.command().fixed_port.value_or(0));
  ctx.transcript().note(fmt::format("nobody listens on port {}", nobody.port()));
  ctx.start_client(nobody.port());
  driver::ServerProcess& client = ctx.server();
  co_await ctx.handled();
  if (!client.ended()) {
    ctx.transcript().note("typed: \"hello\\n\"");
    static_cast<void>(client.type_now("hello\n"));
    co_await ctx.handled();
  }
  if (!client.ended()) {
    ctx.transcript().note("the input ends");
    client.end_input();
  }
  std::string why;
  const bool ended = co_await ctx.patience().until_within(
      ForAWhile(ctx.patience().limits()), [&] { return client.ended().has_value(); }, &why);
  if (!ended) {
    throw Failure(kRefused, "it goes on: " + why);
  }
  JudgeRefused(ctx);
}

constexpr Check kClientChecks[] = {
    {.id = "client/round-trip",
     .level = Level::kMust,
     .requirement = "a line that is typed is sent, and its echo is shown",
     .why = "This is what an echo client is for.",
     .source = "RFC 862; send(2), recv(2)",
     .run = RoundTrip,
     .role = Role::kClient},
    {.id = "client/long-message",
     .level = Level::kMust,
     .requirement = "a message longer than one recv comes back whole, and the next one is not out "
                    "of step",
     .why = "What one recv leaves behind is shown as the answer to the next line.",
     .source = "recv(2); RFC 9293, section 3.9.1.3",
     .run = LongMessage,
     .role = Role::kClient},
    {.id = "client/split-echo",
     .level = Level::kMust,
     .requirement = "an echo that comes in pieces, characters cut, is shown whole",
     .why = "TCP carries bytes: where they are cut has nothing to do with what was sent.",
     .source = "tcp(7); utf-8(7); RFC 9293, section 2.2",
     .run = SplitEcho,
     .role = Role::kClient},
    {.id = "client/empty-line",
     .level = Level::kMust,
     .requirement = "an empty line does not hang it",
     .why =
         "Who waits for the echo of nothing waits for ever, and an empty line has no last byte to "
         "take off.",
     .source = "send(2); recv(2)",
     .run = EmptyLine,
     .role = Role::kClient},
    {.id = "client/exit",
     .level = Level::kMust,
     .requirement = "the word exit ends it, with status 0",
     .why = "A user who has finished must be able to leave.",
     .source = "exit(3)",
     .run = Exit,
     .role = Role::kClient},
    {.id = "client/end-of-input",
     .level = Level::kMust,
     .requirement = "the end of its input ends it, with status 0",
     .why = "Ctrl-D, a file and a pipe all end: a script that uses the client must not hang.",
     .source = "read(2); fgets(3); exit(3)",
     .run = EndOfInput,
     .role = Role::kClient},
    {.id = "client/server-closes",
     .level = Level::kMust,
     .requirement = "a server that leaves is said, and not looped on",
     .why = "recv returns 0 for ever once the server has left: that is no empty echo.",
     .source = "recv(2), RETURN VALUE; signal(7) on SIGPIPE",
     .run = ServerCloses,
     .role = Role::kClient},
    {.id = "client/refused",
     .level = Level::kMust,
     .requirement = "without a server it says so, and ends with a status other than 0",
     .why = "A wrong port is the first thing that goes wrong, for everybody.",
     .source = "connect(2), ECONNREFUSED; perror(3); exit(3)",
     .run = Refused,
     .role = Role::kClient},
};

}  // namespace

std::span<const Check> ClientChecks() { return kClientChecks; }

}  // namespace eagain::checks
