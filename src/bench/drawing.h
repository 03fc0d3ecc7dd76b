// Drawing: an SVG picture as text. Colours are classes, so that it is light or dark as its reader has
// it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eagain::bench {

class Drawing {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };
  struct Point {
    double x = 0;
    double y = 0;
  };

  // `kind` is the class of what is drawn: "axis", "grid", "dim", "title", or one of kSeries colours,
  // "s0" to "s7".
  void text(Point at, Anchor anchor, std::string_view kind, std::string_view words);
  void line(Point from, Point to, std::string_view kind);
  void path(const std::vector<Point>& points, std::string_view kind);
  // One of four shapes, by number, so that nothing is told by colour alone; `hint` shows on hovering.
  void mark(Point at, size_t shape, std::string_view kind, std::string_view hint);

  // The whole picture. `label` is what it shows, for who cannot see it.
  std::string svg(double width, double height, std::string_view label) const;

  static constexpr size_t kSeries = 8;

 private:
  std::string body_;
};

}  // namespace eagain::bench
