#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wenming::store {

/// Answers to queries that were asked ahead, each kept until a table is written that its query names. Between commands
/// of different aggregates that does not count: they do not depend on each other. One thread.
template <class Answer>
class AnswersAhead {
 public:
  [[nodiscard]] bool empty() const { return answers_.empty(); }
  void clear() {
    answers_.clear();
    writes_.clear();
    aggregate_.reset();
  }
  /// Whose statements follow; see ReadAhead.
  void turn_to(std::optional<std::int32_t> aggregate) { aggregate_ = aggregate; }

  void put(std::string key, Answer answer) {
    answers_.insert_or_assign(std::move(key), Kept{std::move(answer), written_});
  }
  /// Takes note of a statement that writes to this table; `*`: to any.
  void wrote(std::string_view table) {
    ++written_;
    const auto known = std::find_if(writes_.begin(), writes_.end(), [&](const Write& write) {
      return write.aggregate == aggregate_ && write.table == table;
    });
    if (known != writes_.end()) {
      known->last = written_;
    } else {
      writes_.push_back({aggregate_, std::string(table), written_});
    }
  }
  /// Null where there is none, or it may not hold any more. `names(table)` says whether the query names the table.
  template <class Names>
  Answer* find(const std::string& key, Names&& names) {
    const auto found = answers_.find(key);
    if (found == answers_.end()) return nullptr;
    const bool outdated = std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
      if (write.last <= found->second.asked) return false;
      const bool apart = write.aggregate && aggregate_ && *write.aggregate != *aggregate_;
      return !apart && (write.table == "*" || names(write.table));
    });
    return outdated ? nullptr : &found->second.answer;
  }

 private:
  struct Kept {
    Answer answer;
    std::uint64_t asked;  // how many writes came before
  };
  struct Write {
    std::optional<std::int32_t> aggregate;
    std::string table;
    std::uint64_t last;
  };
  std::unordered_map<std::string, Kept> answers_;
  std::vector<Write> writes_;  // of each aggregate and table, the last
  std::uint64_t written_ = 0;
  std::optional<std::int32_t> aggregate_;
};

}  // namespace wenming::store
