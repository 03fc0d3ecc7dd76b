// Pages of HTML, read as a browser reads them.
#include "eagain/report/page.h"

#include <gmock/gmock.h>

namespace eagain::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(XmlTextTest, WhatIsMarkupOrUnfitIsWrittenOut) {
  EXPECT_EQ(XmlText("a <b> & \"c\""), "a &lt;b&gt; &amp; &quot;c&quot;");
  EXPECT_EQ(XmlText("naïve"), "naïve");
  EXPECT_EQ(XmlText("\x1b[31m\xff\n"), "\\e[31m\\xff\\n");
}

TEST(PageTest, TheTitleIsItsHeadingAndTheBodyIsAsItIs) {
  EXPECT_THAT(RenderPage({.title = "a < b", .style = "p { margin: 0; }", .body = "<p>x</p>\n"}),
              AllOf(HasSubstr("<title>a &lt; b</title>"), HasSubstr("<h1>a &lt; b</h1>\n<p>x</p>"),
                    HasSubstr("p { margin: 0; }</style>"), Not(HasSubstr("://"))));
}

TEST(PageTest, OnlyAPageWithAScriptMayRunOne) {
  const Page plain{.title = "t", .style = "", .body = ""};
  EXPECT_THAT(RenderPage(plain), AllOf(Not(HasSubstr("script")), HasSubstr("default-src 'none'")));
  Page scripted = plain;
  scripted.script = "let x = 1 < 2;";
  EXPECT_THAT(RenderPage(scripted), AllOf(HasSubstr("<script>let x = 1 < 2;</script>"),
                                          HasSubstr("script-src 'unsafe-inline'")));
}

}  // namespace
}  // namespace eagain::report
