#include "hotline/case_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "tables/source.h"
#include "tables/table.h"
#include "wenming/contract/v1/exports.pb.h"

namespace wenming::hotline {
namespace {

using contract::v1::Job;
using contract::v1::JOB_STATE_DONE;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CaseExportTest : public HotlineFixture {
 protected:
  Job export_cases(const v1::ExportCasesRequest& request, const domain::Principal& by = agent()) {
    return run_job("ExportCases", request, by);
  }
  static v1::ExportCasesRequest all(contract::v1::TableFormat format = contract::v1::TABLE_FORMAT_CSV) {
    v1::ExportCasesRequest request;
    request.set_unit_id("district");
    request.set_file_format(format);
    return request;
  }
  /// The cells of these columns, row by row.
  static std::vector<std::string> cells(const std::string& file, const std::vector<std::string>& columns) {
    tables::TextSource source(file);
    const auto table = tables::open_table(source, {});
    std::vector<std::string> found;
    while (const tables::Row* row = table->next()) {
      std::string line;
      for (const std::string& column : columns) line += (line.empty() ? "" : "|") + row->at(column).text;
      found.push_back(std::move(line));
    }
    return found;
  }
};

TEST_F(CaseExportTest, WritesCasesWithWhatBecameOfThem) {
  v1::CreateCaseRequest request = snapshot("=路灯不亮");
  request.set_detail("第一行\n第二行");
  request.set_complainant_name("李华");
  request.set_complainant_phone("13800005678");
  const std::string id = create(request).id();
  accept(id);
  dispatch(id, "bureau");
  sign(id);
  reply(id, "已修复");
  const Job job = export_cases(all());
  EXPECT_EQ(job.state(), JOB_STATE_DONE);
  EXPECT_EQ(job.done(), 1);
  EXPECT_EQ(job.result().name(), "工单-2026-03-05.csv");
  const std::string file = result_of(job);
  EXPECT_THAT(file, StartsWith("\xEF\xBB\xBF工单编号,渠道"));
  EXPECT_THAT(cells(file, {"标题", "内容", "渠道", "状态", "承办单位", "按时答复", "是否满意"}),
              ElementsAre("=路灯不亮|第一行\n第二行|随手拍|已答复|bureau|是|"));
  EXPECT_THAT(file, Not(HasSubstr("李华")));
  EXPECT_THAT(file, Not(HasSubstr("13800005678")));
}

TEST_F(CaseExportTest, WritesAWorkbookOfTheSame) {
  for (const char* subject : {"一", "二"}) create(snapshot(subject));
  const Job job = export_cases(all(contract::v1::TABLE_FORMAT_XLSX));
  EXPECT_EQ(job.result().name(), "工单-2026-03-05.xlsx");
  EXPECT_THAT(cells(result_of(job), {"标题", "接收时间", "退单次数"}),
              ElementsAre("二|2026-03-05T09:00:00|0", "一|2026-03-05T09:00:00|0"));
}

TEST_F(CaseExportTest, GoesThroughAllPages) {
  for (int i = 0; i < 1100; ++i) create(snapshot(std::to_string(i)));
  for (const auto format : {contract::v1::TABLE_FORMAT_CSV, contract::v1::TABLE_FORMAT_XLSX}) {
    const Job job = export_cases(all(format));
    EXPECT_EQ(job.done(), 1100);
    EXPECT_EQ(job.total(), 1100);
    const auto subjects = cells(result_of(job), {"标题"});
    ASSERT_EQ(subjects.size(), 1100U);
    EXPECT_EQ(subjects.front(), "1099");
    EXPECT_EQ(subjects.back(), "0");
  }
}

TEST_F(CaseExportTest, LeavesOutWhatWasNotAskedForAndWhatIsElsewhere) {
  const std::string id = create(snapshot("路灯不亮")).id();
  create(snapshot("井盖缺失"));
  decline(id, "不属受理范围");
  v1::CreateCaseRequest elsewhere = snapshot("别处");
  elsewhere.set_receiving_unit_id("neighbour");
  create(elsewhere);
  v1::ExportCasesRequest request = all();
  request.set_state(v1::CASE_STATE_DECLINED);
  EXPECT_THAT(cells(result_of(export_cases(request)), {"标题", "状态"}), ElementsAre("路灯不亮|不予受理"));
  request.set_unit_id("neighbour");
  EXPECT_REFUSED("not_found", export_cases(request));
}

TEST_F(CaseExportTest, IsAFileAlsoWithoutCases) {
  const Job job = export_cases(all(contract::v1::TABLE_FORMAT_XLSX));
  EXPECT_EQ(job.state(), JOB_STATE_DONE);
  EXPECT_TRUE(cells(result_of(job), {"标题"}).empty());
}

TEST_F(CaseExportTest, WritesStatisticsWithTheirSum) {
  create(snapshot("路灯不亮"));
  v1::ExportCaseStatisticsRequest request;
  request.set_unit_id("district");
  request.set_from("2026-03-01");
  request.set_to("2026-03-31");
  request.set_group_by(v1::CASE_GROUPING_UNIT);
  const Job job = run_job("ExportCaseStatistics", request, agent());
  EXPECT_THAT(cells(result_of(job), {"分组", "接收", "响应率"}), ElementsAre("district|1|", "合计|1|"));
}

}  // namespace
}  // namespace wenming::hotline
