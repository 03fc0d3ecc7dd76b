#include "eagain/checks/client_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "eagain/checks/shown_text.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

using driver::Counted;
using driver::Excerpt;
using driver::Grouped;
using driver::Milliseconds;

constexpr size_t kShort = 60;

// What is typed is text: it stands in a report as it stands in a terminal.
std::string InWords(const std::string& line) {
  const bool ends = line.ends_with('\n');
  return line.size() <= kShort
             ? fmt::format("\"{}{}\"", line.substr(0, line.size() - (ends ? 1 : 0)),
                           ends ? "\\n" : "")
             : fmt::format("a line of {} ({})", Counted(line.size(), "byte"), Excerpt(line, 16));
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Within a character, if there is one of several bytes from `near` on.
size_t CutNear(const std::string& text, size_t near) {
  for (size_t at = near; at < text.size(); ++at) {
    if (IsContinuation(text[at])) {
      return at;
    }
  }
  return near;
}

// How the line begins, as far as that is shown, where less is than counts as a part of it.
std::string_view ShownBeginning(std::string_view output, std::string_view line) {
  const size_t part = std::min(line.size(), kLeastPart);
  for (size_t length = part; length > 0 && 2 * length >= part; --length) {
    if (output.find(line.substr(0, length)) != std::string_view::npos) {
      return line.substr(0, length);
    }
  }
  return {};
}

// What is wrong where `found.bytes` of the line are shown.
std::string Shortfall(std::string_view output, const std::string& line, const ShownText& found) {
  const std::string_view there = output.substr(found.end);
  const std::string excerpt = Excerpt(there, kShort);
  if (found.bytes > 0) {
    return fmt::format("{} of its {} bytes are shown; what follows there: {}", Grouped(found.bytes),
                       Grouped(line.size()), excerpt);
  }
  const std::string_view beginning = ShownBeginning(there, line);
  return fmt::format("{} of it is shown; what is shown there: {}",
                     beginning.empty() ? "nothing" : "only " + Excerpt(beginning), excerpt);
}

}  // namespace

driver::PatienceLimits ForAWhile(const driver::PatienceLimits& limits) {
  constexpr int kTimes = 6;
  const auto longer = [&](Milliseconds time) {
    return std::chrono::duration_cast<Milliseconds>(time * kTimes * limits.scale);
  };
  return {
      .quiet = longer(limits.quiet), .busy = longer(limits.busy), .unfair = longer(limits.unfair)};
}

ClientTrial::ClientTrial(Context& ctx) : ctx_(ctx), server_(ctx.listen()) {
  ctx_.start_client(server_.port());
}

awaitable<bool> ClientTrial::until(std::function<bool()> condition) {
  co_return co_await ctx_.patience().until(std::move(condition), &why_);
}

awaitable<bool> ClientTrial::ended() {
  co_return co_await until([this] { return has_ended(); });
}

// One that writes without end may be met asleep, while the terminal has no room.
awaitable<bool> ClientTrial::at_rest() {
  constexpr int kMostLooks = 50;
  for (int look = 0; look < kMostLooks && !has_ended(); ++look) {
    const size_t before = shown().size();
    const bool settled = co_await ctx_.patience().settled();
    ctx_.server().read_on();
    if (!settled || before == driver::ServerProcess::kMostShown) {
      co_return false;
    }
    if (shown().size() == before) {
      co_return true;
    }
  }
  co_return has_ended();
}

void ClientTrial::note_typed(const std::string& bytes) {
  ctx_.transcript().note(fmt::format("typed: {}", InWords(bytes)));
}

// What nobody reads any more is typed in vain.
void ClientTrial::feed() {
  while (!to_type_.empty()) {
    const size_t count = ctx_.server().type_now(to_type_).value_or(to_type_.size());
    if (count == 0) {
      return;
    }
    to_type_.erase(0, count);
    ctx_.patience().progress();
  }
}

awaitable<void> ClientTrial::type(std::string bytes) {
  note_typed(bytes);
  to_type_ += bytes;
  static_cast<void>(co_await until([this] {
    feed();
    return to_type_.empty();
  }));
}

void ClientTrial::end_input() {
  ctx_.transcript().note("the input ends");
  ctx_.server().end_input();
}

std::string ClientTrial::state() const {
  return has_ended() ? "the client has ended: " + ctx_.server_end()->describe() : why_;
}

// Of a client that has not sent the line.
std::string ClientTrial::how_it_is(const std::string& line) const {
  const std::string_view came = std::string_view(server_.received()).substr(received_from_);
  if (server_.connections() == 0) {
    return "it never connected: " + state();
  }
  if (came.empty()) {
    return "it sent nothing: " + state();
  }
  const size_t of_line = FindText(came, line).bytes;
  if (of_line == 0) {
    return fmt::format("it sent something else ({}): {}", Excerpt(came, kShort), state());
  }
  return fmt::format("it sent {} of {} bytes of it: {}", Grouped(of_line), Grouped(line.size()),
                     state());
}

// Until the server has all of it; the echo of a part may be what the client waits for.
awaitable<void> ClientTrial::wait_for_line(const std::string& line) {
  const auto has_come = [&] {
    return FindText(server_.received(), line, received_from_).bytes == line.size();
  };
  const bool decided = co_await until([&] {
    feed();
    return has_come() || has_ended();
  });
  if (!decided || !has_come()) {
    throw Failure(fmt::format("the client sends the line that was typed: {}", InWords(line)),
                  how_it_is(line));
  }
}

// One that has read all of the echo may show it later.
awaitable<void> ClientTrial::wait_until_read(const std::string& line) {
  static_cast<void>(co_await at_rest());
  const bool read =
      co_await until([this] { return all_shown() || has_ended() || server_.unread() == 0; });
  static_cast<void>(co_await at_rest());  // it shows what it has read, unless it keeps that back
  if (read && (!has_ended() || all_shown())) {
    co_return;
  }
  const size_t bytes = FindText(shown(), line, lines_.back().shown_from).bytes;
  const std::string unread = has_ended() ? ""
                                         : fmt::format(", and {} lie unread in the client's socket",
                                                       Grouped(server_.unread()));
  throw Failure(fmt::format("the client reads and shows all of the echo of {}", InWords(line)),
                fmt::format("{} of its {} bytes are shown{}: {}", Grouped(bytes),
                            Grouped(line.size()), unread, state()));
}

awaitable<void> ClientTrial::echo_in_pieces() {
  constexpr Milliseconds kSlow{300};  // a network may be: silence is no sign that all has come
  const size_t all = server_.held().size();
  const size_t first = CutNear(server_.held(), all / 3);
  const size_t second = std::max(CutNear(server_.held(), 2 * all / 3), first);
  for (const size_t count : {first, second - first}) {
    server_.echo(count);
    static_cast<void>(co_await at_rest());
    co_await ctx_.patience().pass(kSlow);
  }
}

awaitable<void> ClientTrial::say(std::string line, EchoComes how) {
  received_from_ = server_.received().size();
  server_.hold();
  note_typed(line + "\n");
  to_type_ += line + "\n";
  const auto limits = ForAWhile(ctx_.patience().limits());
  const auto begun = [this] {
    feed();
    return server_.received().size() > received_from_ || has_ended();
  };
  if (lines_.empty()) {
    static_cast<void>(co_await ctx_.patience().until_within(limits, begun, &why_));
  } else {
    static_cast<void>(co_await until(begun));
  }
  if (how == EchoComes::kInPieces) {
    co_await wait_for_line(line);
  }
  static_cast<void>(co_await at_rest());
  lines_.push_back({.text = line, .shown_from = shown().size()});
  if (how == EchoComes::kInPieces) {
    co_await echo_in_pieces();
  }
  server_.release();
  co_await wait_for_line(line);
  co_await wait_until_read(line);
}

bool ClientTrial::all_shown() const {
  size_t from = 0;
  for (const Line& line : lines_) {
    const ShownText found = FindText(shown(), line.text, std::max(from, line.shown_from));
    if (found.bytes < line.text.size()) {
      return false;
    }
    from = found.end;
  }
  return true;
}

void ClientTrial::judge_shown() const {
  size_t from = 0;
  for (const Line& line : lines_) {
    const ShownText found = FindText(shown(), line.text, std::max(from, line.shown_from));
    from = found.end;
    if (found.bytes == line.text.size()) {
      continue;
    }
    throw Failure(fmt::format("the client shows all of the echo of {}", InWords(line.text)),
                  Shortfall(shown(), line.text, found));
  }
}

awaitable<void> ClientTrial::expect_shown() {
  if (all_shown()) {
    co_return;
  }
  end_input();
  static_cast<void>(co_await until([this] { return has_ended() || all_shown(); }));
  judge_shown();
}

}  // namespace eagain::checks
