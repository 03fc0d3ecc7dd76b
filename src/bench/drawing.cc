#include "eagain/bench/drawing.h"

#include <fmt/format.h>

#include "eagain/report/page.h"

namespace eagain::bench {
namespace {

// Eight colours that people with any kind of colour vision tell apart (after Okabe and Ito).
constexpr std::string_view kStyle = R"(
.page{fill:#fff}.ink{fill:#1d1f24}.dim{fill:#5d626d}.title{fill:#1d1f24;font-weight:600;font-size:14px}
line.grid{stroke:#e2dfd8}line.axis{stroke:#5d626d}line.one{stroke:#5d626d;stroke-dasharray:4 3}
path.s0,path.s1,path.s2,path.s3,path.s4,path.s5,path.s6,path.s7{fill:none;stroke-width:2}
line.s0,line.s1,line.s2,line.s3,line.s4,line.s5,line.s6,line.s7{stroke-width:2.5}
.s0{stroke:#0072b2;fill:#0072b2}.s1{stroke:#d55e00;fill:#d55e00}.s2{stroke:#00815f;fill:#00815f}
.s3{stroke:#9b3f7c;fill:#9b3f7c}.s4{stroke:#8a6100;fill:#8a6100}.s5{stroke:#2c8fc9;fill:#2c8fc9}
.s6{stroke:#b3261e;fill:#b3261e}.s7{stroke:#555b66;fill:#555b66}text{stroke:none!important}
@media (prefers-color-scheme:dark){
.page{fill:#14161a}.ink,.title{fill:#e9e7e2}.dim{fill:#a2a7b1}line.grid{stroke:#33373f}line.axis,line.one{stroke:#a2a7b1}
.s0{stroke:#62b8ee;fill:#62b8ee}.s1{stroke:#f79a55;fill:#f79a55}.s2{stroke:#3fc79c;fill:#3fc79c}
.s3{stroke:#dd8fc0;fill:#dd8fc0}.s4{stroke:#e0b34b;fill:#e0b34b}.s5{stroke:#9ad4ff;fill:#9ad4ff}
.s6{stroke:#ff8a80;fill:#ff8a80}.s7{stroke:#b4bac5;fill:#b4bac5}}
)";

const char* AnchorName(Drawing::Anchor anchor) {
  return anchor == Drawing::Anchor::kStart    ? "start"
         : anchor == Drawing::Anchor::kMiddle ? "middle"
                                              : "end";
}

}  // namespace

void Drawing::text(Point at, Anchor anchor, std::string_view kind, std::string_view words) {
  body_ +=
      fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n",
                  at.x, at.y, AnchorName(anchor), kind, report::XmlText(words));
}

void Drawing::line(Point from, Point to, std::string_view kind) {
  body_ +=
      fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n",
                  from.x, from.y, to.x, to.y, kind);
}

void Drawing::path(const std::vector<Point>& points, std::string_view kind) {
  std::string steps;
  for (const Point& point : points) {
    steps += fmt::format("{}{:.1f} {:.1f}", steps.empty() ? "M" : "L", point.x, point.y);
  }
  body_ += fmt::format("<path d=\"{}\" class=\"{}\"/>\n", steps, kind);
}

void Drawing::mark(Point at, size_t shape, std::string_view kind, std::string_view hint) {
  constexpr std::string_view kShapes[] = {
      "<circle r=\"4\"/>", "<rect x=\"-3.5\" y=\"-3.5\" width=\"7\" height=\"7\"/>",
      "<polygon points=\"0,-5 4.6,3.5 -4.6,3.5\"/>", "<polygon points=\"0,-5 5,0 0,5 -5,0\"/>"};
  body_ += fmt::format(
      "<g transform=\"translate({:.1f} {:.1f})\" class=\"{}\"><title>{}</title>{}</g>\n", at.x,
      at.y, kind, report::XmlText(hint), kShapes[shape % std::size(kShapes)]);
}

std::string Drawing::svg(double width, double height, std::string_view label) const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" role=\"img\" aria-label=\"{2}\" font-family=\"system-ui, sans-serif\" "
      "font-size=\"12\">\n<style>{3}</style>\n<rect class=\"page\" width=\"100%\" "
      "height=\"100%\"/>\n{4}</svg>\n",
      width, height, report::XmlText(label), kStyle, body_);
}

}  // namespace eagain::bench
