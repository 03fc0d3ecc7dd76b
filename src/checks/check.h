// A check: one requirement on a server, or on a client, as data, and the coroutine that finds out
// whether it is met.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace eagain::checks {

class Context;

enum class Level { kMust, kShould };
std::string_view LevelName(Level level);  // "must", "should"

// What the program under test is; the harness is the other side.
enum class Role { kServer, kClient };
std::string_view RoleName(Role role);  // "server", "client"

struct Check {
  std::string_view id;  // family/slug, stable for ever
  Level level = Level::kMust;
  std::string_view requirement;  // one sentence: what a correct server, or client, shows
  std::string_view why;          // one sentence: why it matters
  std::string_view source;       // "RFC 862", "send(2)", "epoll(7), question 9"
  // Of a server it finds one that listens; a client it starts itself.
  boost::asio::awaitable<void> (*run)(Context&) = nullptr;
  Role role = Role::kServer;

  std::string_view family() const { return id.substr(0, id.find('/')); }
};

// One per file of checks, in the catalogue's order.
std::span<const Check> EchoChecks();
std::span<const Check> ConcurrencyChecks();
std::span<const Check> FairnessChecks();
std::span<const Check> OrderingChecks();
std::span<const Check> DisconnectChecks();
std::span<const Check> ResourceChecks();
std::span<const Check> FaultChecks();
std::span<const Check> LifecycleChecks();
std::span<const Check> StrategyChecks();
std::span<const Check> MemoryChecks();
std::span<const Check> ClientChecks();

// All of them.
const std::vector<Check>& Catalogue();
// The part of it that is about servers, or about clients.
std::span<const Check> CatalogueOf(Role role);
// nullptr when there is none.
const Check* FindCheck(std::string_view id);
// Up to three ids that the word may have meant, nearest first.
std::vector<std::string_view> NearestCheckIds(std::string_view word);
// The long explanation that `eagain explain` prints: what is checked, why it matters, the usual
// cause in code, how to see it, how to fix it, the man-page sections.
std::string_view Explanation(std::string_view id);

enum class Verdict { kPass, kFail, kSkip, kError, kTimeout };
std::string_view VerdictName(Verdict verdict);  // "pass", "fail", "skip", "error", "timeout"

}  // namespace eagain::checks
