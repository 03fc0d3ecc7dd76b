#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "eagain/bench/drawing.h"
#include "eagain/bench/outcome.h"
#include "eagain/driver/wording.h"

namespace eagain::bench {
namespace {

using Anchor = Drawing::Anchor;
using Point = Drawing::Point;

constexpr double kWidth = 960;
constexpr double kMargin = 20;

std::string ColourOf(size_t server) { return fmt::format("s{}", server % Drawing::kSeries); }

bool Measured(const MeasureResult& result) {
  return std::ranges::any_of(result.series,
                             [](const Series& series) { return !series.samples.empty(); });
}

// From least to most, in steps of 1, 2 or 5 times a power of ten, about `count` of them.
std::vector<double> Ticks(double most, int count) {
  const double raw = most / count;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double step = raw / power <= 1   ? power
                      : raw / power <= 2 ? 2 * power
                      : raw / power <= 5 ? 5 * power
                                         : 10 * power;
  std::vector<double> ticks;
  for (double tick = 0; tick <= most * 1.0001; tick += step) {
    ticks.push_back(tick);
  }
  return ticks;
}

// A column a measure, a row a server: the ratio to the baseline, with its confidence interval.
class Ratios {
 public:
  Ratios(Drawing& drawing, const Outcome& outcome, double top)
      : drawing_(drawing), outcome_(outcome), top_(top) {
    for (const MeasureResult& result : outcome.result.measures) {
      const Kind kind = result.measure.kind;
      if ((kind == Kind::kRate || kind == Kind::kThroughput) && Measured(result)) {
        columns_.push_back(&result);
        for (const Series& series : result.series) {
          most_ = std::max(most_, ratio(result, series).high * 1.03);
        }
      }
    }
  }

  // Returns where it ends.
  double draw() {
    if (columns_.empty()) {
      return top_;
    }
    const std::string& baseline = outcome_.options.contenders[outcome_.options.baseline].name;
    drawing_.text({kMargin, top_ + 14}, Anchor::kStart, "title",
                  fmt::format("Round trips a second of server CPU, as a multiple of {} (medians of "
                              "pairs, 95 % confidence)",
                              baseline));
    const size_t servers = outcome_.options.contenders.size();
    for (size_t i = 0; i < servers; ++i) {
      drawing_.text({kNames - 10, row(i) + 4}, Anchor::kEnd, "ink",
                    outcome_.options.contenders[i].name);
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      column(i);
    }
    return row(servers) + 20;
  }

 private:
  static constexpr double kNames = 130;
  static constexpr double kRow = 22;
  static constexpr double kHead = 62;

  static Summary ratio(const MeasureResult& result, const Series& series, size_t baseline) {
    return RatioOf(result.series[baseline], series, PerCpuSecond);
  }
  Summary ratio(const MeasureResult& result, const Series& series) const {
    return ratio(result, series, outcome_.options.baseline);
  }
  double row(size_t number) const { return top_ + kHead + kRow * static_cast<double>(number); }
  double column_width() const {
    return (kWidth - kNames - kMargin) / static_cast<double>(columns_.size());
  }
  double x(size_t number, double value) const {
    return kNames + column_width() * static_cast<double>(number) +
           (column_width() - 24) * value / most_;
  }

  void column(size_t number) {
    const MeasureResult& result = *columns_[number];
    const double bottom = row(outcome_.options.contenders.size()) - kRow / 2;
    const double from = row(0) - kRow / 2;
    drawing_.text({x(number, 0), top_ + 38}, Anchor::kStart, "dim", heading(result.measure));
    for (const double tick : Ticks(most_, 3)) {
      drawing_.line({x(number, tick), from}, {x(number, tick), bottom}, "grid");
      drawing_.text({x(number, tick), bottom + 14}, Anchor::kMiddle, "dim",
                    fmt::format("{:g}", tick));
    }
    drawing_.line({x(number, 1), from}, {x(number, 1), bottom}, "one");
    for (size_t i = 0; i < result.series.size(); ++i) {
      const Summary value = ratio(result, result.series[i]);
      if (value.count > 0) {
        drawing_.line({x(number, value.low), row(i)}, {x(number, value.high), row(i)}, ColourOf(i));
        drawing_.mark(
            {x(number, value.median), row(i)}, i / 2, ColourOf(i),
            fmt::format("{}: {:.3f} ({:.3f} to {:.3f}), {} pairs", result.series[i].server,
                        value.median, value.low, value.high, value.count));
      }
    }
  }

  static std::string heading(const Measure& measure) {
    if (measure.kind == Kind::kThroughput) {
      return fmt::format("{} x {} x {} KiB", measure.shape.clients, measure.shape.in_flight,
                         measure.shape.message_bytes / 1024);
    }
    return driver::Counted(static_cast<uint64_t>(measure.shape.clients), "client") +
           (measure.one_cpu ? ", one CPU" : "");
  }

  Drawing& drawing_;
  const Outcome& outcome_;
  const double top_;
  double most_ = 1.05;
  std::vector<const MeasureResult*> columns_;
};

// What a round trip costs the server against the number of clients that say nothing.
class IdleCurve {
 public:
  IdleCurve(Drawing& drawing, const Outcome& outcome, double top)
      : drawing_(drawing), outcome_(outcome), top_(top) {
    for (const MeasureResult& result : outcome.result.measures) {
      if (result.measure.kind == Kind::kIdle && Measured(result)) {
        points_.push_back(&result);
        for (const Series& series : result.series) {
          if (const double us = SummaryOf(series, CpuMicroseconds).median; us > 0) {
            least_ = std::min(least_, us);
            most_ = std::max(most_, us);
          }
        }
      }
    }
  }

  double draw() {
    if (points_.empty()) {
      return top_;
    }
    drawing_.text({kMargin, top_ + 14}, Anchor::kStart, "title",
                  fmt::format("Server CPU time of a round trip (us), {} clients speaking, against "
                              "the number of idle ones",
                              points_.front()->measure.shape.clients));
    widen();
    axes();
    for (size_t i = 0; i < outcome_.options.contenders.size(); ++i) {
      curve(i);
    }
    label_ends();
    return top_ + kHeight + 70;
  }

 private:
  static constexpr double kLeft = 60;
  static constexpr double kRight = 150;
  static constexpr double kHeight = 320;

  double x(int idle) const {
    // Logarithmic, with room for none.
    const double most = std::log10(1 + points_.back()->measure.shape.idle / 30.0);
    return kLeft + (kWidth - kLeft - kRight) * (most > 0 ? std::log10(1 + idle / 30.0) / most : 0);
  }
  // Logarithmic too: what grows with the number of clients is soon a hundred times the others.
  double y(double us) const {
    return top_ + 34 + kHeight * (1 - std::log(us / least_) / std::log(most_ / least_));
  }

  // To round numbers, and so that the names have room below.
  void widen() {
    least_ = std::pow(10, std::floor(std::log10(least_ / 1.5)));
    most_ = std::max(most_ * 1.1, least_ * 10);
  }

  void axes() {
    for (double power = least_; power <= most_; power *= 10) {
      for (const double tick : {power, 2 * power, 5 * power}) {
        if (tick <= most_) {
          drawing_.line({kLeft, y(tick)}, {kWidth - kRight, y(tick)},
                        tick == least_ ? "axis" : "grid");
          drawing_.text({kLeft - 8, y(tick) + 4}, Anchor::kEnd, "dim", fmt::format("{:g}", tick));
        }
      }
    }
    for (const MeasureResult* point : points_) {
      const int idle = point->measure.shape.idle;
      drawing_.text({x(idle), y(least_) + 18}, Anchor::kMiddle, "dim",
                    driver::Grouped(static_cast<uint64_t>(idle)));
    }
    drawing_.text({(kLeft + kWidth - kRight) / 2, y(least_) + 36}, Anchor::kMiddle, "dim",
                  "idle clients");
  }

  void curve(size_t server) {
    std::vector<Point> line;
    for (const MeasureResult* point : points_) {
      const Series& series = point->series[server];
      if (!series.samples.empty()) {
        const double us = SummaryOf(series, CpuMicroseconds).median;
        line.push_back({x(point->measure.shape.idle), y(us)});
        drawing_.mark(
            line.back(), server / 2, ColourOf(server),
            fmt::format("{}, {} idle: {:.2f} us", series.server, point->measure.shape.idle, us));
      }
    }
    if (!line.empty()) {
      drawing_.path(line, ColourOf(server));
      ends_.push_back({line.back(), server});
    }
  }

  // Names beside the ends of the lines, moved apart where they would cover each other.
  void label_ends() {
    std::ranges::sort(ends_, [](const End& one, const End& other) {
      return std::pair(one.at.x, one.at.y) < std::pair(other.at.x, other.at.y);
    });
    double last_x = -1;
    double last_y = 0;
    for (const End& end : ends_) {
      const double at = end.at.x == last_x ? std::max(end.at.y, last_y + 14) : end.at.y;
      drawing_.text({end.at.x + 9, at + 4}, Anchor::kStart, ColourOf(end.server),
                    outcome_.options.contenders[end.server].name);
      last_x = end.at.x;
      last_y = at;
    }
  }

  struct End {
    Point at;
    size_t server;
  };

  Drawing& drawing_;
  const Outcome& outcome_;
  const double top_;
  double least_ = std::numeric_limits<double>::max();
  double most_ = 0;
  std::vector<const MeasureResult*> points_;  // ascending
  std::vector<End> ends_;
};

}  // namespace

std::string RenderSvg(const Outcome& outcome) {
  Drawing drawing;
  const double ratios_end = Ratios(drawing, outcome, kMargin).draw();
  const double end = IdleCurve(drawing, outcome, ratios_end).draw();
  if (end == kMargin) {
    drawing.text({kMargin, kMargin + 14}, Anchor::kStart, "ink",
                 "nothing was measured that can be drawn");
  }
  return drawing.svg(kWidth, std::max(end, kMargin + 30), "Servers compared by eagain bench");
}

}  // namespace eagain::bench
