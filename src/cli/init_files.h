// The files that `eagain init` writes, as they are compiled in (init_files/embed.cmake).
#pragma once

#include <span>
#include <string_view>

#include "eagain/checks/check.h"

namespace eagain::cli {

struct InitFile {
  std::string_view kind;  // "gradescope", "github", "classroom50"
  std::string_view path;  // below the folder; the program and the rubric go beside grade.sh
  std::string_view text;  // with {{options}} and {{command}} where these belong, for a shell
};

std::span<const InitFile> InitFiles();

// A rubric to begin with, for submissions that are servers, or clients (fixtures/rubrics).
std::string_view FirstRubric(checks::Role role);

}  // namespace eagain::cli
