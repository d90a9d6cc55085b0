#include "domain/state_machine.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "wenming/contract/v1/annotations.pb.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::domain {
namespace {

using namespace contract::v1;

// Kinds for states and conditions for actions: any two enums will do.
using Machine = StateMachine<Kind, When>;

Machine machine() {
  return Machine({{KIND_QUERY, WHEN_SELF, KIND_COMMAND}, {KIND_COMMAND, WHEN_ALWAYS, KIND_QUERY}})
      .stays({KIND_QUERY, KIND_COMMAND}, {WHEN_PUBLISHED});
}

TEST(StateMachineTest, LeadsFromStateToStateByTheTable) {
  EXPECT_EQ(machine().after(KIND_QUERY, WHEN_SELF), KIND_COMMAND);
  EXPECT_EQ(machine().after(KIND_COMMAND, WHEN_PUBLISHED), KIND_COMMAND);
  EXPECT_EQ(machine().after(KIND_QUERY, WHEN_ALWAYS), std::nullopt);
}

TEST(StateMachineTest, NamesStateAndActionWhereTheStateDoesNotTakeIt) {
  try {
    static_cast<void>(machine().require_after(KIND_QUERY, WHEN_ALWAYS, PROBLEM_NOT_FOUND));
    FAIL() << "taken";
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.arguments(), (Arguments{{"state", "QUERY"}, {"action", "ALWAYS"}}));
  }
}

TEST(StateMachineTest, TakesTwoWaysByOneActionForAMistake) {
  EXPECT_THROW(Machine({{KIND_QUERY, WHEN_SELF, KIND_COMMAND}, {KIND_QUERY, WHEN_SELF, KIND_QUERY}}), std::logic_error);
}

TEST(StateMachineTest, DrawsItself) {
  EXPECT_EQ(machine().markdown(KIND_QUERY),
            "```mermaid\nstateDiagram-v2\n  [*] --> QUERY\n  QUERY --> COMMAND: SELF\n  COMMAND --> QUERY: ALWAYS\n"
            "```\n\n| state | stays what it was after |\n|---|---|\n| COMMAND | PUBLISHED |\n| QUERY | PUBLISHED |\n");
}

}  // namespace
}  // namespace wenming::domain
