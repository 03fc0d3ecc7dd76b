#include "eagain/runner/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

#include "eagain/runner/spare_slots.h"

namespace eagain::runner {
namespace {

using checks::Check;
using checks::Verdict;

constexpr std::chrono::milliseconds kTick{100};

// The order of the enumeration is not the order of badness: a skip is better than a failure.
int Badness(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return 0;
    case Verdict::kSkip:
      return 1;
    case Verdict::kFail:
      return 2;
    case Verdict::kTimeout:
      return 3;
    case Verdict::kError:
      return 4;
  }
  return 4;
}

void Add(const std::vector<checks::RuleFired>& more, std::vector<checks::RuleFired>& rules) {
  rules.resize(std::max(rules.size(), more.size()));
  for (size_t i = 0; i < more.size(); ++i) {
    rules[i] = {more[i].rule, rules[i].fired + more[i].fired};
  }
}

void Take(CheckResult& result, checks::Outcome outcome) {
  Add(outcome.rules, result.rules);
  result.runs.push_back(outcome.verdict);
  if (result.runs.size() == 1 || Badness(outcome.verdict) > Badness(result.verdict)) {
    result.verdict = outcome.verdict;
    result.outcome = std::move(outcome);
  }
}

CheckResult Unreached(const Check& check, std::string reason) {
  CheckResult result;
  result.check = &check;
  result.verdict = Verdict::kSkip;
  result.skip = SkipKind::kNotReached;
  result.outcome.id = check.id;
  result.outcome.verdict = Verdict::kSkip;
  result.outcome.reason = std::move(reason);
  return result;
}

class Session {
 public:
  Session(std::span<const Check> catalogue, const CheckList& chosen, const RunOptions& options,
          Workers& workers, Observer& observer)
      : catalogue_(catalogue),
        chosen_(chosen),
        options_(options),
        workers_(workers),
        observer_(observer),
        spare_(options.spare_slots) {}

  RunResult run(std::span<const Gate> gates);

 private:
  bool is_chosen(const Check& check) const {
    return std::find(chosen_.begin(), chosen_.end(), &check) != chosen_.end();
  }
  const Check* find(std::string_view id) const;
  bool is_open(const Gate& gate);
  void pass_gate(const Gate& gate);
  void run_all(const CheckList& checks, int repeat);
  void start(const CheckList& checks, int repeat, int ticket);
  void finish(CheckResult result);
  void judge(CheckResult& result) const;
  CheckList waiting() const;
  bool has_slot(int running);
  bool over() const { return interrupted_ || out_of_time_; }
  void stop_when_out_of_time();

  std::span<const Check> catalogue_;
  const CheckList& chosen_;
  const RunOptions& options_;
  Workers& workers_;
  Observer& observer_;
  SpareSlots spare_;
  std::map<const Check*, CheckResult> done_;  // ordered as the catalogue is: it is one array
  bool interrupted_ = false;
  bool out_of_time_ = false;
  bool restless_ = false;  // the server spun in a check; to find that out takes seconds in each
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

const Check* Session::find(std::string_view id) const {
  const auto found = std::find_if(catalogue_.begin(), catalogue_.end(),
                                  [&](const Check& check) { return check.id == id; });
  return found == catalogue_.end() ? nullptr : &*found;
}

CheckList Session::waiting() const {
  CheckList waiting;
  std::copy_if(chosen_.begin(), chosen_.end(), std::back_inserter(waiting),
               [&](const Check* check) { return done_.count(check) == 0; });
  return waiting;
}

RunResult Session::run(std::span<const Gate> gates) {
  for (const Gate& gate : gates) {
    pass_gate(gate);
  }
  run_all(waiting(), options_.repeat);
  for (const Check* check : waiting()) {
    finish(Unreached(*check, out_of_time_ ? "not reached: the time allowed for it all was used up"
                                          : "not reached: the run was cut short"));
  }
  RunResult result;
  for (auto& [check, of_check] : done_) {
    if (!of_check.gate_only || of_check.verdict != Verdict::kPass) {
      result.checks.push_back(std::move(of_check));
    }
  }
  result.interrupted = interrupted_;
  result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin_);
  return result;
}

// An error is the harness's trouble with this one check, and says nothing about the others. One run
// that passed shows that it can be passed.
bool Session::is_open(const Gate& gate) {
  const Check* check = find(gate.id);
  const auto found = done_.find(check);
  if (found == done_.end()) {
    return true;
  }
  const CheckResult& result = found->second;
  const bool passed_once =
      std::find(result.runs.begin(), result.runs.end(), Verdict::kPass) != result.runs.end();
  return passed_once || result.verdict == Verdict::kError;
}

void Session::pass_gate(const Gate& gate) {
  const Check* check = find(gate.id);
  const CheckList left = waiting();
  const auto guarded = [&](const Check* other) { return other != check && gate.guards(*other); };
  if (over() || check == nullptr || done_.count(check) != 0 ||
      std::none_of(left.begin(), left.end(), guarded)) {
    return;
  }
  run_all({check}, is_chosen(*check) ? options_.repeat : 1);
  if (over() || is_open(gate)) {
    return;
  }
  for (const Check* other : left) {
    if (guarded(other)) {
      finish(Unreached(*other, NotReached(gate)));
    }
  }
}

void Session::start(const CheckList& checks, int repeat, int ticket) {
  const Check& check = *checks[static_cast<size_t>(ticket / repeat)];
  if (ticket % repeat == 0) {
    observer_.started(check);
  }
  Job job = JobOf(check.id, options_);
  job.patience.restless = restless_;
  workers_.start(ticket, job);
}

void Session::stop_when_out_of_time() {
  if (options_.time_limit.count() > 0 &&
      std::chrono::steady_clock::now() - begin_ >= options_.time_limit) {
    out_of_time_ = true;
    workers_.stop_all();
  }
}

// For one job more than those that run?
bool Session::has_slot(int running) {
  return running < options_.jobs + spare_.taken() || spare_.take();
}

// Tickets count through the checks, `repeat` for each.
void Session::run_all(const CheckList& checks, int repeat) {
  std::vector<CheckResult> results(checks.size());
  const int total = static_cast<int>(checks.size()) * repeat;
  int started = 0;
  for (int ended = 0; ended < total && !over();) {
    for (; started < total && has_slot(started - ended); ++started) {
      start(checks, repeat, started);
    }
    Workers::Happening happening = workers_.next(kTick);
    switch (happening.what) {
      case Workers::What::kTick:
        observer_.tick();
        stop_when_out_of_time();
        break;
      case Workers::What::kInterrupted:
        interrupted_ = true;
        workers_.stop_all();
        break;
      case Workers::What::kDone: {
        ++ended;
        spare_.give_back();  // to whom it is due; if to nobody, it is taken again
        const auto at = static_cast<size_t>(happening.ticket / repeat);
        restless_ = restless_ || happening.outcome.restless;
        Take(results[at], std::move(happening.outcome));
        if (results[at].runs.size() == static_cast<size_t>(repeat)) {
          results[at].check = checks[at];
          finish(std::move(results[at]));
        }
        break;
      }
    }
  }
}

void Session::finish(CheckResult result) {
  const Check* check = result.check;
  result.gate_only = !is_chosen(*check);
  judge(result);
  observer_.finished(done_.insert_or_assign(check, std::move(result)).first->second);
}

void Session::judge(CheckResult& result) const {
  const Check& check = *result.check;
  if (result.verdict == Verdict::kSkip && result.skip == SkipKind::kNone) {
    result.skip = SkipKind::kNotApplicable;
  }
  const bool failed = result.verdict == Verdict::kFail || result.verdict == Verdict::kTimeout;
  for (const DeclaredLimit& limit : options_.limits) {
    if (failed && Matches(limit.checks, check.id)) {
      result.verdict = Verdict::kSkip;
      result.skip = SkipKind::kByDesign;
      result.outcome.reason = fmt::format("by design ({}): {}", options_.strategy, limit.reason);
      break;
    }
  }
  result.known_failure = options_.known_failures.reason(check.id);
}

}  // namespace

RunResult NoneReached(const CheckList& chosen, const std::string& reason) {
  RunResult result;
  for (const Check* check : chosen) {
    result.checks.push_back(Unreached(*check, "not reached: " + reason));
  }
  return result;
}

Job JobOf(std::string_view id, const RunOptions& options) {
  return {.id = std::string(id),
          .command = options.command,
          .strategy = options.strategy,
          .seed = options.seed,
          .patience = options.patience,
          .injector = options.injector,
          .await_port = options.await_port,
          .sandbox = options.sandbox,
          .memory = options.memory};
}

RunResult Run(std::span<const checks::Check> catalogue, const CheckList& chosen,
              std::span<const Gate> gates, const RunOptions& options, Workers& workers,
              Observer& observer) {
  assert(options.repeat >= 1 && options.jobs >= 1);
  return Session(catalogue, chosen, options, workers, observer).run(gates);
}

}  // namespace eagain::runner
