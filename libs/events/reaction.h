#pragma once

#include <string>
#include <string_view>

namespace wenming::events {

/// The name under which effects of events stand in the journal: `reaction:2` is what followed from events that were
/// themselves one reaction away from a person's command. The number is how loops of reactions are found and ended.
[[nodiscard]] std::string reaction_name(int hops);

/// How many reactions lie behind a journal row of this name; 0 for everything that is not a reaction.
[[nodiscard]] int hops_of(std::string_view name);

}  // namespace wenming::events
