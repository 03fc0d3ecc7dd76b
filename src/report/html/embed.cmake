# usage: cmake -D FROM=src/report/html -D TO=html_files.cc -P embed.cmake
# Writes the strings that html_files.h declares: the page's files, the scripts joined in the order in which
# they need each other.
function(embed name)
  set(text "")
  foreach(file IN LISTS ARGN)
    file(READ ${FROM}/${file} part)
    string(APPEND text "${part}")
  endforeach()
  set(source "${source}const std::string_view ${name} = R\"HTML_FILE(${text})HTML_FILE\";\n" PARENT_SCOPE)
endfunction()

set(source "// Made from the files in src/report/html.\n#include \"eagain/report/html/html_files.h\"\n\n")
string(APPEND source "namespace eagain::report {\n\n")
embed(kHtmlPage page.html)
embed(kHtmlStyle style.css)
embed(kHtmlScript dom.js lanes.js timeline.js marks.js page.js)
string(APPEND source "\n}  // namespace eagain::report\n")
file(WRITE ${TO} "${source}")
