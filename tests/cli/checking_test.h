// CheckingTest: `eagain check`, run to its end; what it printed and reported is kept.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "eagain/support/folder_test.h"
#include "program.h"

namespace eagain {

inline const nlohmann::json& CheckIn(const nlohmann::json& report, const std::string& id) {
  for (const nlohmann::json& check : report.at("checks")) {
    if (check.at("id") == id) {
      return check;
    }
  }
  throw std::logic_error("not in the report: " + id);
}

class CheckingTest : public FolderTest {
 protected:
  static std::vector<std::string> arguments(std::vector<std::string> options,
                                            const std::vector<std::string>& command) {
    options.insert(options.begin(), {EAGAIN_PROGRAM, "check"});
    options.emplace_back("--");
    options.insert(options.end(), command.begin(), command.end());
    return options;
  }
  int check(std::vector<std::string> options, const std::vector<std::string>& command,
            std::chrono::seconds patience = std::chrono::seconds(60)) {
    options.insert(options.end(), {"--report", "json=" + report_path()});
    Program program(arguments(std::move(options), command), patience);
    program.end_input();
    const int status = program.wait();
    output_ = program.output();
    errors_ = program.errors();
    read_report();
    return status;
  }
  std::string report_path() const { return folder_ / "report.json"; }
  void read_report() { report_ = nlohmann::json::parse(ContentsOf(report_path()), nullptr, false); }
  const nlohmann::json& of(const std::string& id) const { return CheckIn(report_, id); }
  std::string said(const std::string& id, const char* key) const { return of(id).at(key); }

  std::string output_;
  std::string errors_;
  nlohmann::json report_;
};

}  // namespace eagain
