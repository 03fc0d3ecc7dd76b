// The files that `eagain init` writes, as they are compiled in (init_files/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace eagain::cli {

struct InitFile {
  std::string_view kind;  // "gradescope", "github", "classroom50"
  std::string_view path;  // below the folder; the program itself goes beside the rubric
  std::string_view text;  // with {{options}} and {{command}} where these belong, for a shell
};

std::span<const InitFile> InitFiles();

}  // namespace eagain::cli
