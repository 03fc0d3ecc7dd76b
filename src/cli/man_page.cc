// man(7): the manual page, eagain(1).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eagain/cli/shape.h"

namespace eagain::cli {
namespace {

// Text as roff takes it for text: no line of it begins a request, and a hyphen is the one of the keyboard.
std::string Roff(std::string_view text) {
  std::string roff;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) {
      roff += "\\&";
    }
    if (c == '\\') {
      roff += "\\e";
    } else if (c == '-') {
      roff += "\\-";
    } else {
      roff += c;
    }
    at_start = c == '\n';
  }
  return roff;
}

std::string OptionText(const OptionShape& option) {
  std::string names;
  for (const std::string& name : option.names) {
    names += (names.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", Roff(name));
  }
  const std::string value =
      option.value.empty() ? "" : fmt::format(" \\fI{}\\fR", Roff(option.value));
  return fmt::format(".TP\n{}{}\n{}\n", names, value, Roff(option.description));
}

std::string VerbText(const VerbShape& verb) {
  std::string text = fmt::format(".SH {}\n{}.\n", Roff(verb.name), Roff(verb.description));
  for (const OptionShape& option : verb.options) {
    text += OptionText(option);
  }
  if (!verb.footer.empty()) {
    text += fmt::format(".PP\n.nf\n{}\n.fi\n", Roff(verb.footer));
  }
  return text;
}

}  // namespace

std::string ManPage(const std::vector<VerbShape>& verbs, const std::string& version) {
  std::string page = fmt::format(
      ".TH EAGAIN 1 \"\" \"eagain {}\" \"User Commands\"\n.SH NAME\neagain \\- conformance and "
      "fault\\-injection suite for TCP servers\n.SH SYNOPSIS\n",
      version);
  for (const VerbShape& verb : verbs) {
    page += fmt::format(".B eagain {}\n", Roff(verb.name));
    for (const OptionShape& option : verb.options) {
      page += option.positional ? fmt::format(".I {}\n", Roff(option.names.front())) : "";
    }
    page += fmt::format("[\\fIoptions\\fR]{}\n.br\n",
                        verb.takes_command ? " \\-\\- \\fIcommand\\fR [\\fIargument\\fR...]" : "");
  }
  page +=
      ".SH DESCRIPTION\nStarts any server command, in any language, drives it with many clients, "
      "and says "
      "which requirement it breaks, with evidence. \\fB{port}\\fR in any argument of the command "
      "becomes "
      "the port; it is in the environment variable \\fBPORT\\fR too.\n";
  for (const VerbShape& verb : verbs) {
    page += VerbText(verb);
  }
  return page;
}

}  // namespace eagain::cli
