#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/contract.h"

namespace wenming::contract {

/// The paths of a contract as a tree of segments: `/v1/hours/{hours_id}:approve` lies at `v1`, `hours`, any,
/// `:approve`. A literal segment goes before `{field}`. A colon in the last segment sets an action apart; one inside a
/// value has to be written as `%3A`. The last segment may end with a dot and a field, `requests.{format}`: what stands
/// behind the last dot. Built on one thread; then any thread may ask.
class Routes {
 public:
  Routes();
  ~Routes();

  /// Adds the method under its verb and path. Throws std::invalid_argument where the path cannot be read or is taken.
  void add(const Method& method);
  [[nodiscard]] Contract::Match match(Verb verb, std::string_view path) const;

  /// The names of a template's `{fields}`, in order. Throws std::invalid_argument where it cannot be read.
  static std::vector<std::string> fields_of(std::string_view path);

 private:
  struct Node;
  using Values = std::vector<std::string_view>;
  static const Node* find(const Node& node, std::string_view path, Values& values);
  static const Node* find_ending(const Node& node, std::string_view segment, Values& values);
  static const Node* find_last(const Node& node, std::string_view segment, Values& values);

  std::unique_ptr<Node> root_;
};

/// Reads `%E6%9D%8E`, and with `plus_is_space` also `+` as a query has it. False, with `out` in any state, where an
/// escape is broken or the result is not UTF-8.
bool decode_percent(std::string_view text, bool plus_is_space, std::string& out);

}  // namespace wenming::contract
