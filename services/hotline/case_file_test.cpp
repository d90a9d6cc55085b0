#include "hotline/case_file.h"

#include <gtest/gtest.h>

#include <string>

#include "domain/refusal.h"

namespace wenming::hotline {
namespace {

const std::string kHeader = "message_id,user_id,subject,received_at,detail,reply,replied_at\n";
constexpr core::Timestamp kNow{1'772'672'400'000'000};  // 2026-03-05T09:00+08:00

CaseFile read(const std::string& rows) {
  return read_case_file(kHeader + rows, kNow);
}

std::string code_of_refusal(const std::string& content) {
  try {
    read_case_file(content, kNow);
    return "taken";
  } catch (const domain::Refusal& refusal) {
    return refusal.code();
  }
}

TEST(CaseFileTest, ReadsAMessageWithItsAnswer) {
  const CaseFile file =
      read("2549,A00045581,路灯不亮,2019-04-25T09:32:09+08:00,\"人民路\n第二行\",已修复,2019-05-10T14:56:53+08:00\n");
  EXPECT_TRUE(file.refused.empty());
  ASSERT_EQ(file.rows.size(), 1U);
  const FileRow& row = file.rows[0];
  EXPECT_EQ(row.message_id, "2549");
  EXPECT_EQ(row.user_id, "A00045581");
  EXPECT_EQ(row.subject, "路灯不亮");
  EXPECT_EQ(row.detail, "人民路\n第二行");
  EXPECT_EQ(row.reply, "已修复");
  EXPECT_EQ(row.received_at, core::parse_rfc3339("2019-04-25T09:32:09+08:00"));
  EXPECT_EQ(row.replied_at, core::parse_rfc3339("2019-05-10T14:56:53+08:00"));
}

TEST(CaseFileTest, TakesBlankCellsForNotStated) {
  const CaseFile file = read("1,,噪音扰民,2019-04-25T09:32:09+08:00,  ,,\n");
  ASSERT_EQ(file.rows.size(), 1U);
  EXPECT_EQ(file.rows[0].user_id, "");
  EXPECT_EQ(file.rows[0].detail, "");
  EXPECT_EQ(file.rows[0].reply, "");
  EXPECT_FALSE(file.rows[0].replied_at.has_value());
}

TEST(CaseFileTest, SkipsAByteOrderMarkAndReadsColumnsInAnyOrder) {
  const CaseFile file = read_case_file(
      "\xEF\xBB\xBFreceived_at,subject,message_id,extra,reply,replied_at,user_id,detail\r\n"
      "2019-04-25T09:32:09+08:00,噪音,7,x,,,,\r\n",
      kNow);
  ASSERT_EQ(file.rows.size(), 1U);
  EXPECT_EQ(file.rows[0].message_id, "7");
  EXPECT_EQ(file.rows[0].subject, "噪音");
}

TEST(CaseFileTest, NamesEveryCellThatCannotBeUsed) {
  const CaseFile file = read(
      "1,u,好,2019-04-25T09:32:09+08:00,\"a\nb\",,\n"
      ",u,,not a time,,reply without time,\n"
      "3,u,早,2019-04-25T09:32:09+08:00,,r,2019-04-25T09:32:08+08:00\n"
      "4,u,晚,2030-01-01T00:00:00+08:00,,,2019-05-01T00:00:00+08:00\n"
      "1,u,重,2019-04-25T09:32:09+08:00,,,\n");
  EXPECT_EQ(file.rows.size(), 1U);
  std::string seen;
  for (const v1::RefusedRow& entry : file.refused) {
    seen += std::to_string(entry.row()) + "/" + std::to_string(entry.line()) + " " + entry.column() + " " +
            v1::RowProblem_Name(entry.problem()).substr(12) + "\n";
    EXPECT_FALSE(entry.reason().empty());
    EXPECT_FALSE(entry.reason_zh().empty());
  }
  EXPECT_EQ(seen,
            "3/4 message_id BLANK\n"
            "3/4 subject BLANK\n"
            "3/4 received_at NOT_A_MOMENT\n"
            "3/4 replied_at BLANK\n"
            "4/5 replied_at REPLIED_BEFORE_RECEIVED\n"
            "5/6 received_at IN_FUTURE\n"
            "5/6 reply BLANK\n"
            "5/6 replied_at REPLIED_BEFORE_RECEIVED\n"
            "6/7 message_id REPEATED\n");
}

TEST(CaseFileTest, GoesOnBehindARowThatCannotBeRead) {
  const CaseFile file = read(
      "1,u,too few cells\n"
      "2,u,好,2019-04-25T09:32:09+08:00,,,\n");
  ASSERT_EQ(file.refused.size(), 1U);
  EXPECT_EQ(file.refused[0].problem(), v1::ROW_PROBLEM_UNREADABLE);
  EXPECT_EQ(file.refused[0].row(), 2);
  ASSERT_EQ(file.rows.size(), 1U);
  EXPECT_EQ(file.rows[0].row, 3);
}

TEST(CaseFileTest, RefusesControlCharactersAndOverlongTexts) {
  const CaseFile file = read("1,u,a\tz,2019-04-25T09:32:09+08:00,,,\n2,u,b,2019-04-25T09:32:09+08:00," +
                             std::string(8001, 'x') + ",,\n3,u,a\x01z,2019-04-25T09:32:09+08:00,,,\n");
  ASSERT_EQ(file.refused.size(), 3U);
  EXPECT_EQ(file.refused[0].problem(), v1::ROW_PROBLEM_CONTROL_CHARACTER);
  EXPECT_EQ(file.refused[1].problem(), v1::ROW_PROBLEM_TOO_LONG);
  EXPECT_EQ(file.refused[2].problem(), v1::ROW_PROBLEM_UNREADABLE);
}

TEST(CaseFileTest, TakesRepliesOfEightThousandCharacters) {
  std::string reply;
  for (int i = 0; i < 8000; ++i) reply += "答";
  const CaseFile file = read("1,u,s,2019-04-25T09:32:09+08:00,," + reply + ",2019-04-25T09:32:09+08:00\n");
  ASSERT_EQ(file.rows.size(), 1U);
  EXPECT_EQ(file.rows[0].reply, reply);
}

TEST(CaseFileTest, RefusesFilesWithoutTheColumnsOrWithTooManyRows) {
  EXPECT_EQ(code_of_refusal(""), "import_file");
  EXPECT_EQ(code_of_refusal("message_id,subject\n1,2\n"), "import_file");
  std::string rows = kHeader;
  for (std::size_t i = 0; i < kMaxRows; ++i) rows += std::to_string(i) + ",u,s,2019-04-25T09:32:09+08:00,,,\n";
  EXPECT_EQ(code_of_refusal(rows), "taken");
  EXPECT_EQ(code_of_refusal(rows + "x,u,s,2019-04-25T09:32:09+08:00,,,\n"), "import_too_many_rows");
}

TEST(CaseFileTest, HashesWhatARowSaysAndNothingElse) {
  const auto hash_of = [](const std::string& row) { return read(row).rows.at(0).hash(); };
  const std::string row = "1,u,s,2019-04-25T09:32:09+08:00,d,,\n";
  EXPECT_EQ(hash_of(row), hash_of(" 1 ,u,s,2019-04-25T01:32:09Z,d,,\n"));
  EXPECT_NE(hash_of(row), hash_of("1,u,s,2019-04-25T09:32:09+08:00,d,r,2019-04-26T09:32:09+08:00\n"));
  EXPECT_NE(hash_of("1,u,sd,2019-04-25T09:32:09+08:00,,,\n"), hash_of(row)) << "cells must not run together";
}

}  // namespace
}  // namespace wenming::hotline
