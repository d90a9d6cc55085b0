#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "faults/county.h"

namespace wenming::faults {

/// Who sends a request.
enum class Hand { Office, Unit, Citizen };

/// One request of a story. `{id}` in the target is what the first answer named.
struct Step {
  Hand hand = Hand::Office;
  std::string_view verb = "POST";
  std::string target;
  std::string body;
  bool forbidden = false;  // breaks a rule, so it must be refused and leave no trace
};

/// What happens to one resource, step by step, and how much of that the client was told: its part of the ledger. Every
/// step that is taken raises the version of the resource by one, so its version says how many steps were applied, and
/// how often. A marker in a field of free text tells whose it is. Owned by one client.
struct Story {
  std::string collection;  // `hours`: its list, below `/v1/`
  std::string marker;
  std::vector<Step> steps;
  std::string id;            // known from the first answer on
  std::size_t answered = 0;  // steps, from the first on
  bool in_doubt = false;     // the next step was sent, its answer was lost
  bool abandoned = false;    // it took a turn that the rules do not explain; reported where it happened

  [[nodiscard]] bool over() const { return answered == steps.size() || abandoned; }
  [[nodiscard]] std::string key(std::size_t step) const { return marker + "/" + std::to_string(step); }
  [[nodiscard]] std::string target(std::size_t step) const;
  /// Of the resource after so many steps; 0: there is none.
  [[nodiscard]] std::int64_t version_after(std::size_t steps_taken) const;
};

/// Invents stories for one client: hours, cases, inspections and placements, with some steps that break a rule. The
/// same seed invents the same stories. Clients share no volunteers, so no story disturbs another.
class Storyteller {
 public:
  /// `county` must outlive it.
  Storyteller(const County& county, std::uint64_t seed, std::size_t client, std::size_t clients);

  Story next();

 private:
  Story hours();
  Story hotline_case();
  Story inspection();
  Story placement();
  bool chance(std::size_t percent) { return roll(100) < percent; }
  std::size_t roll(std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(random_); }
  const County::Unit& any_unit() { return county_.units[roll(county_.units.size())]; }

  const County& county_;
  const std::size_t client_;
  std::mt19937_64 random_;
  std::vector<std::string> volunteers_;
  std::size_t told_ = 0;
  std::size_t slots_ = 0;  // of hours, over all volunteers
};

}  // namespace wenming::faults
