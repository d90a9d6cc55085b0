#include "identity/organisation_history.h"

#include <stdexcept>
#include <utility>

namespace wenming::identity {

OrganisationHistory::OrganisationHistory(std::string_view founded_on, std::string_view name,
                                         std::string_view parent_id) {
  stretches_.push_back({std::string(founded_on), std::string(kNoEnd), std::string(name), std::string(parent_id)});
}

const OrganisationHistory::Stretch* OrganisationHistory::on(std::string_view day) const {
  for (const Stretch& stretch : stretches_) {
    if (stretch.from <= day && day < stretch.to) return &stretch;
  }
  return nullptr;
}

const OrganisationHistory::Stretch& OrganisationHistory::on_or_first(std::string_view day) const {
  const Stretch* found = on(day);
  return found != nullptr ? *found : stretches_.front();
}

const std::string& OrganisationHistory::next_move_after(std::string_view day) const {
  std::size_t i = index_on(day);
  const std::string& parent_id = stretches_[i].parent_id;
  while (i + 1 < stretches_.size() && stretches_[i + 1].parent_id == parent_id) ++i;
  return stretches_[i].to;
}

std::vector<std::string> OrganisationHistory::parents_touched(std::string_view name, std::string_view from) const {
  const Stretch* stretch = &on_or_first(from);
  std::vector<std::string> parents{stretch->parent_id};  // another parent holds until the next move at most
  const std::string& before = stretch->name;
  if (name == before) return parents;
  while (++stretch != stretches_.data() + stretches_.size() && stretch->name == before)
    parents.push_back(stretch->parent_id);
  return parents;
}

bool OrganisationHistory::change(std::string Stretch::*what, std::string_view value, std::string_view from) {
  std::size_t i = index_on(from);
  const std::string before = stretches_[i].*what;
  if (before == value) return false;
  if (stretches_[i].from != from) {
    Stretch later = stretches_[i];
    later.from = from;
    stretches_[i].to = from;
    stretches_.insert(stretches_.begin() + static_cast<std::ptrdiff_t>(++i), std::move(later));
  }
  for (; i < stretches_.size() && stretches_[i].*what == before; ++i) stretches_[i].*what = value;
  join_equal_neighbours();
  return true;
}

std::size_t OrganisationHistory::index_on(std::string_view day) const {
  const Stretch* found = on(day);
  if (found == nullptr) throw std::logic_error("the organisation does not exist on that day");
  return static_cast<std::size_t>(found - stretches_.data());
}

void OrganisationHistory::join_equal_neighbours() {
  std::vector<Stretch> joined;
  for (Stretch& stretch : stretches_) {
    const bool goes_on =
        !joined.empty() && joined.back().name == stretch.name && joined.back().parent_id == stretch.parent_id;
    if (goes_on) {
      joined.back().to = std::move(stretch.to);
    } else {
      joined.push_back(std::move(stretch));
    }
  }
  stretches_ = std::move(joined);
}

}  // namespace wenming::identity
