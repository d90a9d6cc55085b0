#include "hotline/co_units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/events.pb.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A case that the bureau leads and in which the school takes part.
class CoUnitsTest : public HotlineFixture {
 protected:
  CoUnitsTest() {
    accept(id_);
    act<v1::DispatchCaseRequest>("DispatchCase", id_, agent(), [](auto& r) {
      r.set_unit_id("bureau");
      r.set_working_hours(7);
      r.add_co_unit_ids("school");
    });
    part_ = parts(agent()).at(0).id();
  }

  [[nodiscard]] static domain::Principal teacher() { return as("teacher"); }

  std::vector<v1::CoUnit> parts(const domain::Principal& by) {
    v1::ListCoUnitsRequest request;
    request.set_case_id(id_);
    const auto response = call<v1::ListCoUnitsResponse>("ListCoUnits", request, by);
    return {response.co_units().begin(), response.co_units().end()};
  }
  template <class Request>
  v1::CoUnit act_on_part(std::string_view rpc, const domain::Principal& by, const std::string& text = {}) {
    Request request;
    request.set_co_unit_id(part_);
    if constexpr (requires { request.set_text(text); }) request.set_text(text);
    if constexpr (requires { request.set_reason(text); }) request.set_reason(text);
    return call<v1::CoUnit>(rpc, request, by);
  }
  v1::CoUnit sign_part(const domain::Principal& by = teacher()) {
    return act_on_part<v1::SignCoUnitRequest>("SignCoUnit", by);
  }
  v1::CoUnit reply_part(const std::string& text) {
    return act_on_part<v1::ReplyCoUnitRequest>("ReplyCoUnit", teacher(), text);
  }
  v1::CoUnit add(const std::string& unit) {
    v1::AddCoUnitRequest request;
    request.set_case_id(id_);
    request.set_unit_id(unit);
    return call<v1::CoUnit>("AddCoUnit", request, agent());
  }
  std::string last_step() {
    const auto entries = history_of(id_);
    return word_of(entries.back().action()) + " " + entries.back().unit_id() + " " + entries.back().text();
  }

  const std::string id_ = create(snapshot("校门口路灯不亮")).id();
  std::string part_;
};

TEST_F(CoUnitsTest, HasAStateOfItsOwnAndAPlaceInTheHistory) {
  EXPECT_EQ(sign_part().state(), v1::CO_UNIT_STATE_SIGNED);
  EXPECT_EQ(reply_part("已配合断电").state(), v1::CO_UNIT_STATE_REPLIED);
  EXPECT_EQ(last_step(), "CO_UNIT_REPLY school 已配合断电");
  EXPECT_EQ(get(id_).state(), v1::CASE_STATE_DISPATCHED) << "the lead unit has not even signed";
  EXPECT_EQ(published<v1::CoUnitChanged>().back().state(), v1::CO_UNIT_STATE_REPLIED);
}

TEST_F(CoUnitsTest, SeesTheCaseAndWhatWaitsForItButDoesNotLead) {
  EXPECT_EQ(get(id_, {}, teacher()).id(), id_);
  const auto waiting = parts(teacher());
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting.front().subject(), "校门口路灯不亮");
  EXPECT_TRUE(waiting.front().has_due_at());
  EXPECT_REFUSED("not_found", sign(id_, teacher()));
  EXPECT_REFUSED("not_found", sign_part(liaison()));
}

TEST_F(CoUnitsTest, SeesNothingAnyMoreOnceTheOfficeDoesWithout) {
  act_on_part<v1::RemoveCoUnitRequest>("RemoveCoUnit", agent());
  EXPECT_REFUSED("not_found", get(id_, {}, teacher()));
  EXPECT_EQ(last_step(), "REMOVE_CO_UNIT school ");
}

TEST_F(CoUnitsTest, GivesItsPartBackAndIsAskedAgain) {
  act_on_part<v1::ReturnCoUnitRequest>("ReturnCoUnit", teacher(), "与本校无关");
  EXPECT_REFUSED("co_unit_state", sign_part());
  const v1::CoUnit again = add("school");
  EXPECT_EQ(again.id(), part_) << "a unit has one part in a case";
  EXPECT_EQ(again.state(), v1::CO_UNIT_STATE_ASKED);
  EXPECT_EQ(again.text(), "");
}

TEST_F(CoUnitsTest, TakesPartOnceAndNotBesideItself) {
  EXPECT_REFUSED("co_unit_leads", add("school"));
  EXPECT_REFUSED("co_unit_leads", add("bureau"));
  EXPECT_REFUSED("unit_outside", add("neighbour"));
}

TEST_F(CoUnitsTest, TakesNoPartInTheNextRound) {
  sign(id_);
  reply(id_, "已修复");
  close(id_);
  reopen(id_, "又坏了");
  EXPECT_REFUSED("not_found", get(id_, {}, teacher()));
  EXPECT_REFUSED("co_unit_state", sign_part());
}

TEST_F(CoUnitsTest, IsAskedOnlyWhileTheCaseIsInHand) {
  organisation("waterworks", "district");
  sign(id_);
  reply(id_, "已修复");
  EXPECT_REFUSED("case_state", add("waterworks"));
}

}  // namespace
}  // namespace wenming::hotline
