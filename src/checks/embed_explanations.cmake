# usage: cmake -D FROM=explanations -D TO=explanation_table.cc -P embed_explanations.cmake
# Writes the table that explanation_table.h declares: one raw string a file, the id from its path.
file(GLOB_RECURSE files RELATIVE ${FROM} ${FROM}/*.txt)
list(SORT files)
list(LENGTH files count)

set(source "// Made from the files in src/checks/explanations.\n")
string(APPEND source "#include \"eagain/checks/explanation_table.h\"\n\n#include <array>\n\n")
string(APPEND source "namespace eagain::checks {\nnamespace {\n\n")
string(APPEND source "const std::array<EmbeddedExplanation, ${count}> kTable = {{\n")
foreach(file IN LISTS files)
  file(READ ${FROM}/${file} text)
  string(REGEX REPLACE "\\.txt$" "" id ${file})
  string(APPEND source "    {\"${id}\", R\"===(${text})===\"},\n")
endforeach()
string(APPEND source "}};\n\n}  // namespace\n\n")
string(APPEND source "std::span<const EmbeddedExplanation> EmbeddedExplanations() { return kTable; }\n\n")
string(APPEND source "}  // namespace eagain::checks\n")
file(WRITE ${TO} "${source}")
