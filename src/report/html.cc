#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "eagain/checks/check.h"
#include "eagain/report/formats.h"
#include "eagain/report/html/html_files.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

using Ordered = nlohmann::ordered_json;

// JSON that may stand in a <script>: nothing in it can end the element or begin a comment. (Inside of
// strings, the only place where these characters occur, the escapes mean the same.)
std::string ForScript(const Ordered& value) {
  std::string text;
  for (const char character : value.dump(-1, ' ', false, Ordered::error_handler_t::replace)) {
    switch (character) {
      case '<':
        text += "\\u003c";
        break;
      case '>':
        text += "\\u003e";
        break;
      case '&':
        text += "\\u0026";
        break;
      default:
        text += character;
    }
  }
  return text;
}

std::string DataOf(const Report& report) {
  Ordered explanations = Ordered::object();
  for (const CheckReport& check : report.checks) {
    if (const std::string_view text = checks::Explanation(check.id); !text.empty()) {
      explanations[check.id] = text;
    }
  }
  return ForScript(
      {{"report", Ordered::parse(RenderJson(report))}, {"explanations", explanations}});
}

// Puts each value in the place of its {{name}}, in one pass: what is put in is not looked at again.
template <size_t N>
std::string Filled(std::string_view page,
                   const std::array<std::pair<std::string_view, std::string_view>, N>& values) {
  std::string filled;
  for (const auto& [name, value] : values) {
    const size_t at = page.find(name);
    filled.append(page.substr(0, at)).append(value);
    page.remove_prefix(at + name.size());
  }
  return filled.append(page);
}

}  // namespace

std::string RenderHtml(const Report& report) {
  const std::string data = DataOf(report);
  return Filled<4>(kHtmlPage, {{{"{{title}}", JudgementSentence(report)},
                                {"{{style}}", kHtmlStyle},
                                {"{{data}}", data},
                                {"{{script}}", kHtmlScript}}});
}

}  // namespace eagain::report
