// Pages of HTML that need nothing else and no network, as `bench` and `merge` write them. (The report of a run
// draws itself: html/.)
#pragma once

#include <string>
#include <string_view>

namespace eagain::report {

// One line of text as XML and HTML have it: what is not fit to be shown is written out (EscapeLine), and so are &,
// <, > and quotes.
std::string XmlText(std::string_view text);

struct Page {
  std::string title;       // its heading as well; as it is, not yet XmlText
  std::string_view style;  // added to what all pages have: colours, light and dark, text and tables
  std::string body;        // HTML
  std::string_view script = {};
};

std::string RenderPage(const Page& page);

}  // namespace eagain::report
