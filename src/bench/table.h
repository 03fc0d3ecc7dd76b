// Tables of words, of which the terminal's and the page's are made alike.
#pragma once

#include <string>
#include <vector>

#include "eagain/bench/outcome.h"

namespace eagain::bench {

struct Table {
  std::string title;
  std::vector<std::string> columns;  // the first is the row's name
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> notes{};
};

// A table a measure, but one for all of kIdle. Measures without a sample are left out.
std::vector<Table> TablesOf(const Outcome& outcome);

// What to know before any table: the machine, the control, how much others disturbed.
std::vector<std::string> Preface(const Outcome& outcome);

}  // namespace eagain::bench
