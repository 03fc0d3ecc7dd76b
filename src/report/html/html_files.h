// The files of the HTML report as they are compiled in (embed.cmake), so that the program needs no files
// of its own at run time.
#pragma once

#include <string_view>

namespace eagain::report {

// With {{title}}, {{style}}, {{script}} and {{data}} where these belong.
extern const std::string_view kHtmlPage;
extern const std::string_view kHtmlStyle;
extern const std::string_view kHtmlScript;

}  // namespace eagain::report
