#pragma once

#include <string>
#include <vector>

#include "faults/facts.h"
#include "faults/load.h"

namespace wenming::faults {

/// What is wrong; empty if all is well. At most some dozen lines, the rest is counted.
using Complaints = std::vector<std::string>;

/// Holds what the server has against what its clients were told: everything acknowledged is there exactly once, what is
/// in doubt at most once, nothing else at all. The facts must be of a server at rest.
Complaints compare_with_stories(const Facts& facts, const Load& load);

/// The whole verdict on a running server that nobody writes to: the stories, the dashboard against a recount once all
/// events are applied, no dead letters, and steps and reports of some resources one by one.
Complaints judge(const e2e::ServerProcess& server, const County& county, const Load& load);

/// Checks the hash chains of all journals in the folder, with the server's own command.
Complaints judge_journals(const std::filesystem::path& data);

/// The complaints, one on a line.
std::string text_of(const Complaints& complaints);

}  // namespace wenming::faults
