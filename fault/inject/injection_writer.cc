#include "eagain/fault/inject/injection_writer.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/plan/printer.h"

namespace eagain::fault {
namespace {

constexpr size_t kMostKept = 32 * 1024;

}  // namespace

std::string ResultText(Call call, int64_t result) {
  if (result < 0) {
    return ErrnoName(static_cast<int>(-result));
  }
  if ((CallsOf(Family::kRecv) | CallsOf(Family::kSend)).contains(call)) {
    return fmt::format("{} byte{}", result, result == 1 ? "" : "s");
  }
  if (CallsOf(Family::kWait).contains(call)) {
    return fmt::format("{} event{}", result, result == 1 ? "" : "s");
  }
  const CallSet makers =
      CallsOf(Family::kAccept) | Call::kSocket | Call::kEpollCreate1 | Call::kEventfd;
  return makers.contains(call) ? fmt::format("descriptor {}", result) : "success";
}

void InjectionWriter::open(const char* event) {
  ended_ = false;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  fmt::format_to(std::back_inserter(lines_), R"({{"event":"{}","time":{}.{:06})", event, now.tv_sec,
                 now.tv_nsec / 1000);
}

void InjectionWriter::close() {
  lines_ += "}\n";
  if (lines_.size() > kMostKept) {
    flush();
  }
}

void InjectionWriter::text_key(const char* key, std::string_view text) {
  fmt::format_to(std::back_inserter(lines_), R"(,"{}":")", key);
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      lines_ += '\\';
      lines_ += c;
    } else if (static_cast<unsigned char>(c) < ' ') {
      fmt::format_to(std::back_inserter(lines_), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      lines_ += c;
    }
  }
  lines_ += '"';
}

void InjectionWriter::call_keys(const Tracee& tracee, const TracedCall& call) {
  const CallEvent& event = call.event;
  const auto out = std::back_inserter(lines_);
  fmt::format_to(out, R"(,"pid":{},"tid":{},"call":"{}")", tracee.process->pid, tracee.tid,
                 CallName(event.call));
  if (event.fd >= 0) {
    fmt::format_to(out, R"(,"fd":{})", event.fd);
  }
  if (event.role == Role::kListener || event.role == Role::kClient) {
    fmt::format_to(out, R"(,"role":"{}")", RoleText(event.role));
  }
  if (event.connection != 0) {
    fmt::format_to(out, R"(,"connection":{})", event.connection);
  }
  if (event.asked != 0) {
    fmt::format_to(out, R"(,"asked":{})", event.asked);
  }
  if (!call.flags.empty()) {
    text_key("flags", call.flags);
  }
  if (call.timeout_ms) {
    fmt::format_to(out, R"(,"timeout_ms":{})", *call.timeout_ms);
  }
  fmt::format_to(out, R"(,"non_blocking":{},"edge_triggered":{})", event.non_blocking,
                 event.edge_triggered);
}

void InjectionWriter::start(const Start& start, const PlanRun& run) {
  if (!file_) {
    return;
  }
  open("start");
  fmt::format_to(std::back_inserter(lines_),
                 R"(,"version":1,"injector":{},"pid":{},"seed":{},"hostile":{},"observe":{})",
                 start.injector, start.program, run.seed(), start.hostile, start.observe);
  text_key("plan", PlanText(run.plan()));
  close();
}

void InjectionWriter::call(const Tracee& tracee, const TracedCall& call, int64_t result) {
  if (!file_) {
    return;
  }
  open("call");
  call_keys(tracee, call);
  fmt::format_to(std::back_inserter(lines_), R"(,"result":{})", result);
  text_key("got", ResultText(call.event.call, result));
  close();
}

void InjectionWriter::fault(const Tracee& tracee, const TracedCall& call,
                            const FaultRecord& record) {
  if (!file_) {
    return;
  }
  open(record.fired ? "fired" : "withheld");
  call_keys(tracee, call);
  fmt::format_to(std::back_inserter(lines_),
                 R"(,"rule":{},"nth":{},"level":"{}","rearmed":{},"hostile":{})", record.rule,
                 record.nth, record.level == Level::kMust ? "must" : "should", record.rearmed,
                 record.hostile);
  text_key("outcome", OutcomeText(record.outcome));
  if (record.fired) {
    text_key("got", record.got);
  } else {
    text_key("reason", record.reason);
  }
  text_key("rule_text", record.rule_text);
  text_key("replay", record.replay);
  close();
}

void InjectionWriter::note(const std::string& text) {
  if (!file_) {
    return;
  }
  open("note");
  text_key("text", text);
  close();
}

void InjectionWriter::end(const PlanRun& run) {
  if (!file_) {
    return;
  }
  open("end");
  lines_ += R"(,"rules":[)";
  const std::vector<RuleCount> counts = run.counts();
  for (size_t i = 0; i < counts.size(); ++i) {
    fmt::format_to(std::back_inserter(lines_),
                   R"({}{{"seen":{},"fired":{},"withheld":{},"idle":{})", i == 0 ? "" : ",",
                   counts[i].seen, counts[i].fired, counts[i].withheld, counts[i].idle);
    text_key("rule", RuleText(run.plan().rules[i]));
    lines_ += '}';
  }
  lines_ += ']';
  close();
  ended_ = true;
}

void InjectionWriter::flush() {
  std::string_view left = lines_;
  while (!left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written <= 0 && errno != EINTR) {
      break;
    }
    left.remove_prefix(written > 0 ? static_cast<size_t>(written) : 0);
  }
  lines_.clear();
}

}  // namespace eagain::fault
