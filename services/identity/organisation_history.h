#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wenming::identity {

inline constexpr std::string_view kSinceEver = "0001-01-01";
inline constexpr std::string_view kNoEnd = "9999-12-31";

/// The names and places of one organisation over time, without gaps, from its founding on. Days are ISO text, which
/// compares as days do. A value; whoever holds it may change it.
class OrganisationHistory {
 public:
  /// Days `[from, to)` with one name under one parent (empty: at the top).
  struct Stretch {
    std::string from, to;
    std::string name;
    std::string parent_id;
  };

  OrganisationHistory() = default;
  /// Founded on that day, and unchanged since.
  OrganisationHistory(std::string_view founded_on, std::string_view name, std::string_view parent_id);

  /// For reading back what was stored, in order of time.
  void add(Stretch stretch) { stretches_.push_back(std::move(stretch)); }

  [[nodiscard]] const std::vector<Stretch>& stretches() const { return stretches_; }
  [[nodiscard]] const std::string& founded_on() const { return stretches_.front().from; }
  /// Null for days before the founding.
  [[nodiscard]] const Stretch* on(std::string_view day) const;
  /// The stretch of that day, or the first one for a day before the founding.
  [[nodiscard]] const Stretch& on_or_first(std::string_view day) const;

  /// The first day after `day` on which it is known to get another parent; kNoEnd where none is.
  [[nodiscard]] const std::string& next_move_after(std::string_view day) const;

  /// The parents on the days that are touched by giving it this name and another parent from `from` on. What was under
  /// one parent is that one's to change, whoever has the organisation today.
  [[nodiscard]] std::vector<std::string> parents_touched(std::string_view name, std::string_view from) const;

  /// Renames from a day on, until the next renaming that is already known. False where it has that name already. The
  /// day must not lie before the founding.
  bool rename(std::string_view name, std::string_view from) { return change(&Stretch::name, name, from); }
  /// The same with the parent.
  bool move(std::string_view parent_id, std::string_view from) { return change(&Stretch::parent_id, parent_id, from); }

 private:
  bool change(std::string Stretch::*what, std::string_view value, std::string_view from);
  [[nodiscard]] std::size_t index_on(std::string_view day) const;
  void join_equal_neighbours();

  std::vector<Stretch> stretches_;
};

}  // namespace wenming::identity
