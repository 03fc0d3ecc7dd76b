// OutputFile: where a report goes. That it can be written is found out before anything runs; it is
// written in one piece, so that a reader never sees half of it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace eagain::report {

// What went wrong with a file, in one line with its name and the reason.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class OutputFile {
 public:
  // "-" is standard output. Throws OutputError when the file could not be written: a folder that is
  // missing or may not be written to, a file that is read-only, a directory. Changes nothing.
  explicit OutputFile(std::string path);

  const std::string& path() const { return path_; }
  bool is_standard_output() const { return path_ == "-"; }

  // Puts `text` in the place of what the file held: into a new file next to it, which then takes its
  // name. Written as it is to what is no regular file (a pipe, /dev/stderr). Throws OutputError.
  void write(std::string_view text) const;
  // Adds it to what the file holds. Throws OutputError.
  void append(std::string_view text) const;

 private:
  std::string path_;
  std::string target_;  // path_ with symbolic links resolved, if it is there already
  bool replaceable_ = true;
};

}  // namespace eagain::report
