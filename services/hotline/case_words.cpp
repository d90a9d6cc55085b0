#include "hotline/case_words.h"

namespace wenming::hotline::words {

std::string_view chinese(v1::Channel channel) {
  switch (channel) {
    case v1::CHANNEL_PHONE:
      return "热线电话";
    case v1::CHANNEL_WEB_MAILBOX:
      return "网上信箱";
    case v1::CHANNEL_LETTER:
      return "来信";
    case v1::CHANNEL_RADIO:
      return "广播热线";
    case v1::CHANNEL_SNAPSHOT:
      return "随手拍";
    case v1::CHANNEL_VISIT:
      return "来访";
    case v1::CHANNEL_RECEPTION_DAY:
      return "接访";
    case v1::CHANNEL_DEPUTY:
      return "代表委员";
    case v1::CHANNEL_MEDIA:
      return "媒体";
    case v1::CHANNEL_SUPERVISOR:
      return "监督员";
    case v1::CHANNEL_OPEN311:
      return "Open311";
    case v1::CHANNEL_IMPORT:
      return "导入";
    default:
      return {};
  }
}

std::string_view chinese(v1::CaseKind kind) {
  switch (kind) {
    case v1::CASE_KIND_COMPLAINT:
      return "投诉";
    case v1::CASE_KIND_SUGGESTION:
      return "建议";
    case v1::CASE_KIND_ENQUIRY:
      return "咨询";
    case v1::CASE_KIND_PRAISE:
      return "表扬";
    case v1::CASE_KIND_EVALUATION:
      return "创建成果评价";
    case v1::CASE_KIND_CONDUCT:
      return "作风投诉";
    default:
      return {};
  }
}

std::string_view chinese(v1::CaseState state) {
  switch (state) {
    case v1::CASE_STATE_RECEIVED:
      return "已接收";
    case v1::CASE_STATE_ACCEPTED:
      return "已受理";
    case v1::CASE_STATE_DECLINED:
      return "不予受理";
    case v1::CASE_STATE_DISPATCHED:
      return "已派单";
    case v1::CASE_STATE_SIGNED:
      return "已签收";
    case v1::CASE_STATE_HANDLING:
      return "办理中";
    case v1::CASE_STATE_REPLIED:
      return "已答复";
    case v1::CASE_STATE_CALLED_BACK:
      return "已回访";
    case v1::CASE_STATE_CLOSED:
      return "已办结";
    case v1::CASE_STATE_RETURNED:
      return "已退单";
    case v1::CASE_STATE_MERGED:
      return "已并案";
    default:
      return {};
  }
}

std::string_view chinese(v1::Urgency urgency) {
  switch (urgency) {
    case v1::URGENCY_NORMAL:
      return "一般";
    case v1::URGENCY_URGENT:
      return "紧急";
    case v1::URGENCY_EMERGENCY:
      return "特急";
    default:
      return {};
  }
}

}  // namespace wenming::hotline::words
