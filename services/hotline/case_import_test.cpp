#include "hotline/case_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/csv.h"
#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/events.pb.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;

const std::string kHeader = "message_id,user_id,subject,received_at,detail,reply,replied_at\n";
// Received on Thursday, answered the day after; received long ago and never answered.
const std::string kAnswered = "1,u1,路灯,2026-02-26T10:00:00+08:00,\"不亮\n很久\",已修复,2026-02-27T10:00:00+08:00\n";
const std::string kOpen = "2,,噪音,2019-04-25T09:32:09+08:00,,,\n";

class CaseImportTest : public HotlineFixture {
 protected:
  CaseImportTest() { grant("of the bureau", contract::v1::ROLE_OPERATOR, "bureau"); }

  v1::ImportCasesResponse import(const std::string& rows, bool dry_run = false) {
    v1::ImportCasesRequest request;
    request.set_content(kHeader + rows);
    request.set_unit_id("bureau");
    request.set_receiving_unit_id("district");
    request.set_dry_run(dry_run);
    return import(request);
  }
  v1::ImportCasesResponse import(const v1::ImportCasesRequest& request, const domain::Principal& by = agent()) {
    return call<v1::ImportCasesResponse>("ImportCases", request, by);
  }
  v1::Case by_message(const std::string& message_id) {
    return get(value<std::string>("SELECT id FROM cases WHERE message_id = $1", message_id).value());
  }
  std::int64_t cases() { return value<std::int64_t>("SELECT COUNT(*) FROM cases").value(); }
  std::vector<std::string> steps_of(const std::string& case_id) {
    std::vector<std::string> texts;
    for (const v1::CaseHistoryEntry& entry : history_of(case_id)) {
      texts.push_back(word_of(entry.action()) + " " +
                      core::to_rfc3339(domain::from_proto(entry.occurred_at()), core::UtcOffset()));
    }
    return texts;
  }
};

TEST_F(CaseImportTest, TellsTheHistoryOfAnAnsweredMessageAtItsOwnTimes) {
  const v1::ImportCasesResponse response = import(kAnswered);
  EXPECT_TRUE(response.applied());
  EXPECT_EQ(response.created(), 1);
  const v1::Case subject = by_message("1");
  EXPECT_EQ(subject.state(), v1::CASE_STATE_CLOSED);
  EXPECT_EQ(subject.channel(), v1::CHANNEL_IMPORT);
  EXPECT_EQ(subject.kind(), v1::CASE_KIND_COMPLAINT);
  EXPECT_EQ(subject.detail(), "不亮\n很久");
  EXPECT_EQ(subject.reply(), "已修复");
  EXPECT_EQ(subject.unit_id(), "bureau");
  EXPECT_EQ(subject.receiving_unit_id(), "district");
  EXPECT_EQ(subject.source_user_id(), "u1");
  EXPECT_TRUE(subject.on_time());
  EXPECT_FALSE(subject.has_satisfied()) << "an answer is no call-back";
  EXPECT_THAT(steps_of(subject.id()),
              ElementsAre("RECEIVE 2026-02-26T10:00:00+08:00", "ACCEPT 2026-02-26T10:00:00+08:00",
                          "DISPATCH 2026-02-26T10:00:00+08:00", "SIGN 2026-02-27T10:00:00+08:00",
                          "REPLY 2026-02-27T10:00:00+08:00", "CLOSE 2026-02-27T10:00:00+08:00"));
}

TEST_F(CaseImportTest, LeavesAMessageWithoutAnswerDispatchedAndFindsItLate) {
  import(kOpen);
  advance(std::chrono::seconds(1));
  const v1::Case subject = by_message("2");
  EXPECT_EQ(subject.state(), v1::CASE_STATE_DISPATCHED);
  EXPECT_FALSE(subject.has_replied_at());
  EXPECT_EQ(subject.detail(), "");
  EXPECT_TRUE(subject.overdue());
}

TEST_F(CaseImportTest, CountsAnAnswerAfterTheDeadlineAsLate) {
  import("3,u,慢,2019-04-01T09:00:00+08:00,,终于,2019-05-20T09:00:00+08:00\n");
  const v1::Case subject = by_message("3");
  EXPECT_TRUE(subject.has_on_time());
  EXPECT_FALSE(subject.on_time());
  EXPECT_TRUE(subject.overdue());
  EXPECT_EQ(subject.state(), v1::CASE_STATE_CLOSED);
}

TEST_F(CaseImportTest, ChangesNothingTheSecondTime) {
  const std::string another = "7,u,垃圾,2026-02-26T10:00:00+08:00,,已清运,2026-02-26T11:00:00+08:00\n";
  import(kAnswered + another);
  const v1::ImportCasesResponse again = import(kAnswered + another);
  EXPECT_TRUE(again.applied());
  EXPECT_EQ(again.created(), 0);
  EXPECT_EQ(again.unchanged(), 2);
  EXPECT_EQ(cases(), 2);
  EXPECT_EQ(published<v1::CaseChanged>().size(), 2U);
}

TEST_F(CaseImportTest, OnlySaysWhatWouldHappenOnADryRun) {
  const v1::ImportCasesResponse response = import(kAnswered + kOpen, true);
  EXPECT_FALSE(response.applied());
  EXPECT_EQ(response.created(), 2);
  EXPECT_EQ(cases(), 0);
  EXPECT_TRUE(published<v1::CaseChanged>().empty());
}

TEST_F(CaseImportTest, ImportsNothingWhereOneRowIsRefused) {
  const v1::ImportCasesResponse response = import(kAnswered + "9,,,2019-04-25,,,\n");
  EXPECT_FALSE(response.applied());
  ASSERT_EQ(response.refused_size(), 2);
  EXPECT_EQ(response.refused(0).row(), 3);
  EXPECT_EQ(response.refused(0).line(), 4) << "the row before has a line break";
  EXPECT_EQ(response.refused(0).column(), "subject");
  EXPECT_EQ(response.refused(1).column(), "received_at");
  EXPECT_EQ(cases(), 0);
}

TEST_F(CaseImportTest, RefusesAMessageThatSaysSomethingElseThanBefore) {
  import(kAnswered);
  const v1::ImportCasesResponse response = import("1,u1,改了,2026-02-26T10:00:00+08:00,,,\n");
  ASSERT_EQ(response.refused_size(), 1);
  EXPECT_EQ(response.refused(0).problem(), v1::ROW_PROBLEM_DIFFERS);
  EXPECT_EQ(by_message("1").subject(), "路灯");
}

TEST_F(CaseImportTest, KeepsTheNumbersOfTwoSystemsApart) {
  v1::ImportCasesRequest request;
  request.set_content(kHeader + kAnswered);
  request.set_unit_id("bureau");
  request.set_source("mailbox");
  EXPECT_EQ(import(request, as("of the bureau")).created(), 1);
  request.set_source("radio");
  EXPECT_EQ(import(request, as("of the bureau")).created(), 1);
  EXPECT_EQ(cases(), 2);
}

TEST_F(CaseImportTest, ImportsForAnotherOfficeOnlyWithARoleThere) {
  v1::ImportCasesRequest request;
  request.set_content(kHeader + kAnswered);
  request.set_unit_id("bureau");
  request.set_receiving_unit_id("district");
  EXPECT_REFUSED("not_allowed", import(request, as("of the bureau")));
  request.set_receiving_unit_id("school");
  EXPECT_REFUSED("unit_outside", import(request));
}

TEST_F(CaseImportTest, TellsAnImportedCaseOnceInItsLastState) {
  import(kAnswered);
  const auto events = published<v1::CaseChanged>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].version(), 6);
  EXPECT_EQ(events[0].state(), v1::CASE_STATE_CLOSED);
  EXPECT_EQ(events[0].received_day(), "2026-02-26");
  EXPECT_EQ(events[0].replied_day(), "2026-02-27");
  EXPECT_EQ(events[0].closed_day(), "2026-02-27");
  EXPECT_TRUE(events[0].on_time());
}

TEST_F(CaseImportTest, ReopensAnImportedCaseLikeAnyOther) {
  import(kAnswered);
  const std::string id = by_message("1").id();
  reopen(id, "又坏了");
  EXPECT_EQ(dispatch(id, "school").unit_id(), "school");
}

/// The real file in chunks, as the command line sends it.
TEST_F(CaseImportTest, ImportsTheRealFileWholeAndOnlyOnce) {
  const char* samples = std::getenv("WENMING_SAMPLES");
  if (samples == nullptr) GTEST_SKIP() << "WENMING_SAMPLES is not set";
  std::ifstream file(std::filesystem::path(samples) / "hotline" / "cases_with_replies.csv");
  ASSERT_TRUE(file.is_open());

  std::vector<std::string> chunks;
  std::map<std::string, std::int64_t> expected;  // by month of receipt
  core::CsvReader csv(file);
  std::int64_t rows = 0;
  while (const core::CsvRecord* record = csv.next()) {
    if (rows++ % 500 == 0) chunks.push_back(kHeader);
    core::append_csv_record(chunks.back(), {record->at("message_id"), record->at("user_id"), record->at("subject"),
                                            record->at("received_at"), record->at("detail"), record->at("reply"),
                                            record->at("replied_at")});
    ++expected[std::string(record->at("received_at").substr(0, 7))];
  }
  for (int round = 0; round < 2; ++round) {
    for (const std::string& chunk : chunks) {
      v1::ImportCasesRequest request;
      request.set_content(chunk);
      request.set_unit_id("bureau");
      request.set_receiving_unit_id("district");
      const v1::ImportCasesResponse response = import(request);
      for (const v1::RefusedRow& refused : response.refused()) ADD_FAILURE() << refused.ShortDebugString();
      EXPECT_EQ(round == 0 ? response.unchanged() : response.created(), 0);
    }
  }
  EXPECT_EQ(cases(), rows);
  std::map<std::string, std::int64_t> counted;
  for (const auto& event : published<v1::CaseChanged>()) {
    ++counted[event.received_day().substr(0, 7)];
    EXPECT_EQ(event.state(), v1::CASE_STATE_CLOSED);
    EXPECT_TRUE(event.has_on_time());
  }
  EXPECT_EQ(counted, expected);
}

}  // namespace
}  // namespace wenming::hotline
