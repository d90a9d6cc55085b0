#pragma once

#include <google/protobuf/generated_enum_util.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/refusal.h"
#include "domain/value.h"

namespace wenming::domain {

/// Which action leads from which state to which: the one table that the code runs, and from which the diagram of the
/// documentation is drawn. `State` and `Action` are enums of the contract.
///
///     StateMachine<State, Action>({{OPEN, CLOSE, CLOSED}, {CLOSED, REOPEN, OPEN}})
///         .stays({OPEN}, REMIND);
///
/// Immutable once built; any thread may ask. A second way out of a state by the same action is a mistake:
/// std::logic_error.
template <class State, class Action>
class StateMachine {
 public:
  struct Transition {
    State from;
    Action action;
    State to;
  };

  StateMachine(std::initializer_list<Transition> transitions) {
    for (const Transition& transition : transitions) add(transition);
  }

  /// Actions that these states take and remain what they are.
  StateMachine&& stays(std::initializer_list<State> states, std::initializer_list<Action> actions) && {
    for (const State state : states)
      for (const Action action : actions) add({state, action, state});
    return std::move(*this);
  }

  /// The state after an action; nullopt where the state does not take it.
  [[nodiscard]] std::optional<State> after(State state, Action action) const {
    const auto found = transitions_.find({state, action});
    return found == transitions_.end() ? std::nullopt : std::optional(found->second);
  }
  /// The same, refused where the state does not take it: `problem` has the arguments `state` and `action`.
  template <class Problem>
  [[nodiscard]] State require_after(State state, Action action, Problem problem) const {
    if (const auto next = after(state, action)) return *next;
    throw Refusal(problem, {{"state", std::string(enum_word(state))}, {"action", std::string(enum_word(action))}});
  }

  /// As Markdown: a Mermaid diagram of the ways from state to state that begins with `first`, and below it a table of
  /// the actions after which a state is what it was.
  [[nodiscard]] std::string markdown(State first) const {
    std::string diagram = "```mermaid\nstateDiagram-v2\n  [*] --> " + std::string(enum_word(first)) + "\n";
    std::map<State, std::string> staying;
    for (const Transition& t : in_order_) {
      if (t.from == t.to) {
        staying[t.from].append(staying[t.from].empty() ? "" : ", ").append(enum_word(t.action));
      } else {
        diagram.append("  ").append(enum_word(t.from)).append(" --> ").append(enum_word(t.to));
        diagram.append(": ").append(enum_word(t.action)).append("\n");
      }
    }
    diagram.append("```\n");
    if (!staying.empty()) diagram.append("\n| state | stays what it was after |\n|---|---|\n");
    for (const auto& [state, actions] : staying)
      diagram.append("| ").append(enum_word(state)).append(" | ").append(actions).append(" |\n");
    return diagram;
  }

 private:
  void add(const Transition& transition) {
    if (!transitions_.emplace(std::pair(transition.from, transition.action), transition.to).second) {
      throw std::logic_error(std::string(enum_word(transition.from)) + " takes " +
                             std::string(enum_word(transition.action)) + " twice");
    }
    in_order_.push_back(transition);
  }

  std::map<std::pair<State, Action>, State> transitions_;
  std::vector<Transition> in_order_;
};

}  // namespace wenming::domain
