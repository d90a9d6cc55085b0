#include "hotline/case_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "core/csv.h"
#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/events.pb.h"

namespace wenming::hotline {
namespace {

using contract::v1::Job;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kHeader = "message_id,user_id,subject,received_at,detail,reply,replied_at\n";
// Received on Thursday, answered the day after; received long ago and never answered.
const std::string kAnswered = "1,u1,路灯,2026-02-26T10:00:00+08:00,\"不亮\n很久\",已修复,2026-02-27T10:00:00+08:00\n";
const std::string kOpen = "2,,噪音,2019-04-25T09:32:09+08:00,,,\n";

class CaseImportTest : public HotlineFixture {
 protected:
  CaseImportTest() { grant("of the bureau", contract::v1::ROLE_OPERATOR, "bureau"); }

  static v1::ImportCasesRequest of_bureau(const std::string& content) {
    v1::ImportCasesRequest request;
    request.set_content(content);
    request.set_unit_id("bureau");
    request.set_receiving_unit_id("district");
    return request;
  }
  Job import(const std::string& rows, bool dry_run = false) {
    v1::ImportCasesRequest request = of_bureau(kHeader + rows);
    request.set_dry_run(dry_run);
    return import(request);
  }
  Job import(const v1::ImportCasesRequest& request, const domain::Principal& by = agent()) {
    return run_job("ImportCases", request, by);
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
  const Job job = import(kAnswered);
  EXPECT_EQ(job.state(), contract::v1::JOB_STATE_DONE);
  EXPECT_EQ(job.taken(), 1);
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
  const Job again = import(kAnswered + another);
  EXPECT_EQ(again.taken(), 0);
  EXPECT_EQ(again.unchanged(), 2);
  EXPECT_EQ(cases(), 2);
  EXPECT_EQ(published<v1::CaseChanged>().size(), 2U);
}

TEST_F(CaseImportTest, OnlySaysWhatWouldHappenOnADryRun) {
  const Job job = import(kAnswered + kOpen, true);
  EXPECT_TRUE(job.dry_run());
  EXPECT_EQ(job.taken(), 2);
  EXPECT_EQ(cases(), 0);
  EXPECT_TRUE(published<v1::CaseChanged>().empty());
}

TEST_F(CaseImportTest, NamesEveryCellThatCannotBeUsedAndTakesTheOtherRows) {
  const Job job = import(kAnswered +
                         ",u,,not a time,,reply without time,\n"
                         "3,u,早,2019-04-25T09:32:09+08:00,,r,2019-04-25T09:32:08+08:00\n"
                         "4,u,晚,2030-01-01T00:00:00+08:00,,,2019-05-01T00:00:00+08:00\n"
                         "1,u,重,2019-04-25T09:32:09+08:00,,,\n"
                         "5,u,too few cells\n" +
                         kOpen);
  EXPECT_EQ(job.total(), 7);
  EXPECT_EQ(job.done(), 7);
  EXPECT_EQ(job.taken(), 2);
  EXPECT_EQ(job.refused(), 5);
  EXPECT_EQ(cases(), 2);
  EXPECT_THAT(
      errors_of(job),
      ElementsAre("3/4 message_id BLANK", "3/4 subject BLANK", "3/4 received_at NOT_A_MOMENT", "3/4 replied_at BLANK",
                  "4/5 replied_at REPLIED_BEFORE_RECEIVED", "5/6 received_at IN_FUTURE", "5/6 reply BLANK",
                  "5/6 replied_at REPLIED_BEFORE_RECEIVED", "6/7 message_id REPEATED", "7/8  CELL_COUNT"))
      << "the first row has a line break";
}

TEST_F(CaseImportTest, RefusesControlCharactersAndOverlongTexts) {
  const std::string time = ",2019-04-25T09:32:09+08:00,";
  std::string reply;
  for (int i = 0; i < 8000; ++i) reply += "答";
  const Job job = import("1,u,a\tz" + time + ",,\n2,u,b" + time + std::string(8001, 'x') + ",,\n3,u,c" + time + "," +
                         reply + ",2019-04-25T09:32:09+08:00\n");
  EXPECT_THAT(errors_of(job), ElementsAre("2/2 subject CONTROL_CHARACTER", "3/3 detail TOO_LONG"));
  EXPECT_EQ(by_message("3").reply(), reply);
}

TEST_F(CaseImportTest, RefusesAMessageThatSaysSomethingElseThanBefore) {
  import(kAnswered);
  EXPECT_THAT(errors_of(import("1,u1,改了,2026-02-26T10:00:00+08:00,,,\n")), ElementsAre("2/2 message_id DIFFERS"));
  EXPECT_EQ(by_message("1").subject(), "路灯");
}

TEST_F(CaseImportTest, KnowsARowAgainByWhatItSaysAndNothingElse) {
  import("1,u,s,2019-04-25T09:32:09+08:00,d,,\n");
  EXPECT_EQ(import(" 1 ,u,s,2019-04-25 09:32:09,d,,\n").unchanged(), 1) << "another way to write it";
  EXPECT_EQ(import("1,us,,2019-04-25T09:32:09+08:00,d,,\n").refused(), 1) << "cells do not run together";
}

TEST_F(CaseImportTest, FailsWhereTheFileIsNone) {
  const Job job = import(of_bureau("message_id,subject\n1,2\n"));
  EXPECT_EQ(job.state(), contract::v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.problem(), "table_columns");
  EXPECT_EQ(job.reason_zh(), "文件缺少以下列：user_id, received_at, detail, reply, replied_at。");
}

TEST_F(CaseImportTest, TakesAFileInGb18030) {
  EXPECT_EQ(import(of_bureau(kHeader + "1,u,\xc2\xb7\xb5\xc6,2026-02-26T10:00:00+08:00,,,\n")).taken(), 1);
  EXPECT_EQ(by_message("1").subject(), "路灯");
}

TEST_F(CaseImportTest, KeepsTheNumbersOfTwoSystemsApart) {
  v1::ImportCasesRequest request;
  request.set_content(kHeader + kAnswered);
  request.set_unit_id("bureau");
  request.set_source("mailbox");
  EXPECT_EQ(import(request, as("of the bureau")).taken(), 1);
  request.set_source("radio");
  EXPECT_EQ(import(request, as("of the bureau")).taken(), 1);
  EXPECT_EQ(cases(), 2);
}

TEST_F(CaseImportTest, ImportsForAnotherOfficeOnlyWithARoleThere) {
  v1::ImportCasesRequest request = of_bureau(kHeader + kAnswered);
  EXPECT_EQ(import(request, as("of the bureau")).problem(), "not_allowed");
  request.set_receiving_unit_id("school");
  EXPECT_EQ(import(request).problem(), "unit_outside");
  EXPECT_REFUSED("not_allowed", import(request, as("teacher"))) << "and without any role, not even begins";
  EXPECT_EQ(cases(), 0);
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

TEST_F(CaseImportTest, ImportsTheRealFileWholeAndOnlyOnce) {
  const char* samples = std::getenv("WENMING_SAMPLES");
  if (samples == nullptr) GTEST_SKIP() << "WENMING_SAMPLES is not set";
  std::ifstream file(std::filesystem::path(samples) / "hotline" / "cases_with_replies.csv", std::ios::binary);
  ASSERT_TRUE(file.is_open());
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};

  std::map<std::string, std::int64_t> expected;  // by month of receipt
  core::CsvReader csv(content);
  std::int64_t rows = 0;
  while (const core::CsvRecord* record = csv.next()) {
    ++rows;
    ++expected[std::string(record->at("received_at").substr(0, 7))];
  }

  const Job first = import(of_bureau(content));
  EXPECT_THAT(errors_of(first), IsEmpty());
  EXPECT_EQ(first.taken(), rows);
  EXPECT_EQ(import(of_bureau(content)).unchanged(), rows);
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
