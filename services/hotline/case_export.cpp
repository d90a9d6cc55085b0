#include "hotline/case_export.h"

#include <stdexcept>
#include <utility>

#include "domain/value.h"
#include "hotline/case_search.h"
#include "hotline/case_words.h"
#include "hotline/unit_names.h"

namespace wenming::hotline::case_export {

using domain::Caller;
using domain::from_proto;
using domain::ReadTx;
using tables::ExportRows;
using tables::Value;

namespace {

constexpr int kPage = 500;

Value text_or_blank(std::string_view text) {
  return text.empty() ? Value() : Value(text);
}
Value moment_or_blank(bool present, const google::protobuf::Timestamp& moment) {
  return present ? Value(from_proto(moment)) : Value();
}
Value yes_or_no(bool present, bool yes) {
  if (!present) return {};
  return std::string_view(yes ? "是" : "否");
}
Value number_or_blank(bool present, auto number) {
  return present ? Value(number) : Value();
}

v1::ListCasesRequest question_of(const v1::ExportCasesRequest& request, const std::string& position) {
  v1::ListCasesRequest question;
  question.set_unit_id(request.unit_id());
  question.set_from(request.from());
  question.set_to(request.to());
  question.set_state(request.state());
  question.set_kind(request.kind());
  question.set_channel(request.channel());
  question.set_category(request.category());
  if (request.has_overdue()) question.set_overdue(request.overdue());
  question.set_query(request.query());
  question.set_page_size(kPage);
  question.set_page_token(position);
  return question;
}

void add(ExportRows& rows, const v1::Case& subject, UnitNames& units) {
  rows.add({std::string_view(subject.id()),
            words::chinese(subject.channel()),
            words::chinese(subject.kind()),
            std::string_view(subject.subject()),
            text_or_blank(subject.detail()),
            text_or_blank(subject.category()),
            text_or_blank(subject.place()),
            words::chinese(subject.urgency()),
            words::chinese(subject.state()),
            units.of(subject.receiving_unit_id()),
            units.of(subject.unit_id()),
            from_proto(subject.received_at()),
            moment_or_blank(subject.has_dispatched_at(), subject.dispatched_at()),
            moment_or_blank(subject.has_due_at(), subject.due_at()),
            moment_or_blank(subject.has_replied_at(), subject.replied_at()),
            yes_or_no(subject.has_on_time(), subject.on_time()),
            text_or_blank(subject.reply()),
            yes_or_no(subject.has_resolved(), subject.resolved()),
            yes_or_no(subject.has_satisfied(), subject.satisfied()),
            moment_or_blank(subject.has_closed_at(), subject.closed_at()),
            std::int64_t{subject.returns()},
            std::int64_t{subject.reopenings()},
            text_or_blank(subject.source()),
            text_or_blank(subject.message_id())});
}

void add(ExportRows& rows, std::string_view name, const v1::CaseStatisticsGroup& group) {
  const v1::CaseCounts& counts = group.counts();
  rows.add({name,
            counts.received(),
            counts.declined(),
            counts.merged(),
            counts.open(),
            counts.replied(),
            counts.closed(),
            counts.reopened(),
            counts.overdue(),
            counts.problem(),
            counts.due(),
            counts.on_time(),
            counts.asked_resolved(),
            counts.resolved(),
            counts.asked_satisfied(),
            counts.satisfied(),
            number_or_blank(group.has_response_rate(), group.response_rate()),
            number_or_blank(group.has_resolution_rate(), group.resolution_rate()),
            number_or_blank(group.has_satisfaction_rate(), group.satisfaction_rate()),
            number_or_blank(group.has_average_reply_working_minutes(), group.average_reply_working_minutes()),
            number_or_blank(group.has_rank(), static_cast<std::int64_t>(group.rank()))});
}

}  // namespace

tables::ExportFormat cases() {
  return {.name = "工单",
          .columns = {"工单编号", "渠道",     "类型",     "标题",     "内容",     "分类",     "地点",     "紧急程度",
                      "状态",     "受理单位", "承办单位", "接收时间", "派单时间", "办理期限", "首次答复", "按时答复",
                      "答复内容", "是否解决", "是否满意", "办结时间", "退单次数", "重办次数", "来源系统", "来源编号"}};
}

std::string read_cases(ReadTx& tx, const Caller& /*caller*/, const v1::ExportCasesRequest& request,
                       const std::string& position, ExportRows& rows) {
  const auto page = list_cases(tx, domain::Visibility::everything(), question_of(request, position));
  // The step is done again a little later: a file without some of the cases would be taken for whole.
  if (page.index_is_behind()) throw std::runtime_error("the index of cases is behind");
  UnitNames units(tx);
  for (const v1::Case& subject : page.cases()) add(rows, subject, units);
  return page.next_page_token();
}

tables::ExportFormat statistics() {
  return {.name = "工单统计", .columns = {"分组",   "接收",     "不予受理", "并案",   "未办结",
                                          "已答复", "已办结",   "重办",     "超期",   "疑难",
                                          "应答复", "按时答复", "询问解决", "已解决", "询问满意",
                                          "满意",   "响应率",   "解决率",   "满意率", "平均答复用时（工作分钟）",
                                          "名次"}};
}

std::string Statistics::read(ReadTx& tx, const Caller& caller, const v1::ExportCaseStatisticsRequest& request,
                             const std::string& /*position*/, ExportRows& rows) const {
  v1::GetCaseStatisticsRequest question;
  question.set_unit_id(request.unit_id());
  question.set_from(request.from());
  question.set_to(request.to());
  question.set_group_by(request.group_by());
  question.set_category(request.category());
  question.set_channel(request.channel());
  question.set_kind(request.kind());
  question.set_rank_by(request.rank_by());
  const v1::CaseStatistics figures = figures_->get(tx, caller, question);
  for (const v1::CaseStatisticsGroup& group : figures.groups())
    add(rows, group.name().empty() ? group.key() : group.name(), group);
  add(rows, "合计", figures.total());
  return {};
}

}  // namespace wenming::hotline::case_export
