#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <set>

#include "eagain/fault/plan/nearest.h"
#include "eagain/fault/plan/parser.h"
#include "eagain/grade/rubric.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::grade {
namespace {

using fault::PlanError;

constexpr double kMostPoints = 1e6;

std::string_view LineOf(std::string_view text, size_t number) {
  for (; number > 1 && !text.empty(); --number) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string InQuotes(const std::vector<std::string>& words) {
  return fmt::format("\"{}\"", fmt::join(words, "\", \""));
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& file, const RubricContext& context)
      : text_(text), file_(file), context_(context) {}

  Rubric parse();

 private:
  void fail(const toml::source_region& where, std::string reason, std::string hint = "");
  [[noreturn]] void give_up() const;

  void only(const toml::table& table, const std::vector<std::string>& known);
  std::string string(const toml::table& table, const char* key, std::string otherwise);
  bool boolean(const toml::table& table, const char* key, bool otherwise);
  std::string word(const toml::table& table, const char* key, std::string otherwise,
                   const std::vector<std::string>& words);
  checks::Level level(const toml::table& table, checks::Level otherwise);
  double number(const toml::node& node);
  std::vector<const toml::value<std::string>*> strings(const toml::table& table, const char* key);

  Item item(const toml::table& table);
  void choose(const toml::table& table, Item& item);
  void take(const toml::value<std::string>& pattern, checks::Level lowest, Item& item);
  runner::CheckList named(const toml::value<std::string>& pattern);
  void price(const toml::table& table, Item& item);
  void require(const toml::table& table, Item& item);

  std::string_view text_;
  const std::string& file_;
  const RubricContext& context_;
  Rubric rubric_;
  std::set<const checks::Check*> taken_;
  std::set<std::string> names_;
  std::vector<PlanError> errors_;
};

void Parser::fail(const toml::source_region& where, std::string reason, std::string hint) {
  PlanError error;
  error.file = file_;
  error.line = std::max<size_t>(where.begin.line, 1);
  error.column = std::max<size_t>(where.begin.column, 1);
  const bool one_line = where.end.line == where.begin.line && where.end.column > error.column;
  error.length = one_line ? where.end.column - error.column : 1;
  error.source = LineOf(text_, error.line);
  error.reason = std::move(reason);
  error.hint = std::move(hint);
  errors_.push_back(std::move(error));
}

void Parser::give_up() const {
  std::string text;
  for (const PlanError& error : errors_) {
    text += error.text();
  }
  text.pop_back();  // whoever shows it ends the line
  throw runner::BadUsage(text);
}

void Parser::only(const toml::table& table, const std::vector<std::string>& known) {
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string near = fault::Nearest(name, known);
      fail(key.source(), fmt::format("there is no key '{}' here", name),
           near.empty() ? fmt::format("known here: {}", fmt::join(known, ", "))
                        : fmt::format("did you mean {}?", near));
    }
  }
}

std::string Parser::string(const toml::table& table, const char* key, std::string otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) {
    return otherwise;
  }
  if (!node->is_string()) {
    fail(node->source(), fmt::format("{} wants a text in quotes", key));
    return otherwise;
  }
  return node->as_string()->get();
}

bool Parser::boolean(const toml::table& table, const char* key, bool otherwise) {
  const toml::node* node = table.get(key);
  if (node != nullptr && !node->is_boolean()) {
    fail(node->source(), fmt::format("{} wants true or false", key));
  }
  return node != nullptr && node->is_boolean() ? node->as_boolean()->get() : otherwise;
}

// One of `words`.
std::string Parser::word(const toml::table& table, const char* key, std::string otherwise,
                         const std::vector<std::string>& words) {
  std::string given = string(table, key, otherwise);
  if (given != otherwise && std::find(words.begin(), words.end(), given) == words.end()) {
    const std::string near = fault::Nearest(given, words);
    fail(table.get(key)->source(), fmt::format("{} cannot be '{}'", key, given),
         near.empty() ? "one of " + InQuotes(words) : fmt::format("did you mean \"{}\"?", near));
    return otherwise;
  }
  return given;
}

checks::Level Parser::level(const toml::table& table, checks::Level otherwise) {
  const std::string name = word(table, "level", "", {"must", "should"});
  return name.empty() ? otherwise
                      : (name == "should" ? checks::Level::kShould : checks::Level::kMust);
}

// Points. -1 for what makes no sense, which is told.
double Parser::number(const toml::node& node) {
  const auto value = node.value<double>();
  if (!node.is_number() || !value || !std::isfinite(*value) || *value < 0 || *value > kMostPoints) {
    fail(node.source(), "points are a number from 0 on");
    return -1;
  }
  return *value;
}

// A text, or a list of texts; nothing that is told when it is neither.
std::vector<const toml::value<std::string>*> Parser::strings(const toml::table& table,
                                                             const char* key) {
  std::vector<const toml::value<std::string>*> found;
  const toml::node* node = table.get(key);
  if (node == nullptr) {
    return found;
  }
  const auto add = [&](const toml::node& one) {
    if (!one.is_string()) {
      fail(one.source(), fmt::format("{} wants ids, families or globs, in quotes", key));
    } else {
      found.push_back(one.as_string());
    }
  };
  if (const toml::array* list = node->as_array()) {
    for (const toml::node& one : *list) {
      add(one);
    }
  } else {
    add(*node);
  }
  return found;
}

// Of the rubric's role.
runner::CheckList Parser::named(const toml::value<std::string>& pattern) {
  try {
    return runner::Named(checks::CatalogueOf(rubric_.role), pattern.get());
  } catch (const runner::BadUsage& error) {
    const bool exists = std::any_of(
        checks::Catalogue().begin(), checks::Catalogue().end(),
        [&](const checks::Check& check) { return runner::Matches(pattern.get(), check.id); });
    const std::string_view other = rubric_.role == checks::Role::kServer ? "client" : "server";
    fail(pattern.source(), exists
                               ? fmt::format("'{0}' is about a {1}: its rubric says role = \"{1}\"",
                                             pattern.get(), other)
                               : error.what());
    return {};
  }
}

// What no item before has taken.
void Parser::take(const toml::value<std::string>& pattern, checks::Level lowest, Item& item) {
  const runner::CheckList all = named(pattern);
  bool any = all.empty();  // told already
  for (const checks::Check* check : all) {
    if (!taken_.insert(check).second) {
      continue;
    }
    any = true;
    const bool counts = check->id == pattern.get() || check->level == checks::Level::kMust ||
                        lowest == checks::Level::kShould;
    (counts ? item.counting : item.advice).push_back(check);
  }
  if (!any) {
    fail(pattern.source(), fmt::format("every check of '{}' is named before", pattern.get()),
         "a check belongs to the first that names it: put the narrower one first");
  }
}

void Parser::choose(const toml::table& table, Item& item) {
  const size_t errors = errors_.size();
  const checks::Level lowest = level(table, rubric_.level);
  for (const toml::value<std::string>* pattern : strings(table, "checks")) {
    take(*pattern, lowest, item);
  }
  const auto in_order = [](const checks::Check* a, const checks::Check* b) { return a < b; };
  std::sort(item.counting.begin(), item.counting.end(), in_order);
  std::sort(item.advice.begin(), item.advice.end(), in_order);
  if (item.counting.empty() && errors == errors_.size()) {
    const toml::node* node = table.get("checks");
    fail(node == nullptr ? table.source() : node->source(),
         node == nullptr ? "this item names no checks: checks = \"echo\""
                         : "no check of this item counts: all are below its level",
         node == nullptr ? "" : "level = \"should\", or name them by their ids");
  }
}

void Parser::price(const toml::table& table, Item& item) {
  const toml::node* points = table.get("points");
  const toml::node* each = table.get("points_each");
  if (points == nullptr && each == nullptr) {
    fail(table.source(), "this item has no points", "points = 10 for all, or points_each = 2");
  } else if (points != nullptr && each != nullptr) {
    fail(each->source(), "this item has points already: points for all, or points_each, not both");
  } else if (points != nullptr) {
    item.points = number(*points);
  } else {
    item.points = number(*each) * static_cast<double>(item.counting.size());
  }
}

void Parser::require(const toml::table& table, Item& item) {
  for (const toml::value<std::string>* pattern : strings(table, "requires")) {
    for (const checks::Check* check : named(*pattern)) {
      item.requires_passed.emplace_back(check->id);
    }
  }
}

Item Parser::item(const toml::table& table) {
  only(table, {"name", "checks", "points", "points_each", "scoring", "partial_credit", "requires",
               "visibility", "level"});
  Item item;
  item.name = string(table, "name", "");
  if (item.name.empty() || !names_.insert(item.name).second) {
    const toml::node* node = table.get("name");
    fail(node == nullptr ? table.source() : node->source(),
         item.name.empty() ? "an item wants a name: name = \"Echo\""
                           : fmt::format("there is an item '{}' already", item.name));
  }
  choose(table, item);
  price(table, item);
  require(table, item);
  item.all_or_nothing =
      word(table, "scoring", "shared", {"shared", "all-or-nothing"}) == "all-or-nothing";
  item.partial_credit = boolean(table, "partial_credit", false);
  item.visibility = word(table, "visibility", "visible",
                         {"visible", "hidden", "after_due_date", "after_published"});
  return item;
}

Rubric Parser::parse() {
  toml::table root;
  try {
    root = toml::parse(text_, file_);
  } catch (const toml::parse_error& error) {
    fail(error.source(), std::string(error.description()));
    give_up();
  }
  only(root, {"title", "role", "strategy", "level", "item"});
  rubric_.title = string(root, "title", "");
  if (word(root, "role", "server", {"server", "client"}) == "client") {
    rubric_.role = checks::Role::kClient;
  }
  rubric_.strategy = word(root, "strategy", "", context_.strategies);
  if (rubric_.role == checks::Role::kClient && !rubric_.strategy.empty()) {
    fail(root.get("strategy")->source(), "a server has a strategy, and role is \"client\"");
  }
  rubric_.level = level(root, checks::Level::kMust);
  const toml::node* items = root.get("item");
  if (items == nullptr || !items->is_array_of_tables()) {
    fail(items == nullptr ? root.source() : items->source(),
         "a rubric wants items: [[item]], with name, checks and points");
    give_up();
  }
  double total = 0;
  for (const toml::node& table : *items->as_array()) {
    rubric_.items.push_back(item(*table.as_table()));
    total += rubric_.items.back().points;
  }
  if (errors_.empty() && total <= 0) {
    fail(items->source(), "the items are worth no points at all");
  }
  if (!errors_.empty()) {
    give_up();
  }
  return std::move(rubric_);
}

}  // namespace

Rubric ParseRubric(std::string_view text, const std::string& file, const RubricContext& context) {
  return Parser(text, file, context).parse();
}

}  // namespace eagain::grade
