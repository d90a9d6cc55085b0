#include "contract/problem.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "contract/json_string.h"
#include "contract/shape.h"
#include "core/text.h"
#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::contract {
namespace {

using google::protobuf::EnumValueDescriptor;

const v1::ProblemRule& rule_of(const EnumValueDescriptor& problem) {
  return problem.options().GetExtension(v1::problem);
}

/// The reason phrase of a status: what all problems with that status have in common.
struct Title {
  unsigned status;
  std::string_view en, zh;
};
constexpr std::array<Title, 14> kTitles{{
    {400, "Bad Request", "请求无效"},
    {401, "Unauthorized", "未登录"},
    {403, "Forbidden", "没有权限"},
    {404, "Not Found", "未找到"},
    {405, "Method Not Allowed", "方法不支持"},
    {409, "Conflict", "状态冲突"},
    {412, "Precondition Failed", "版本不符"},
    {413, "Content Too Large", "内容过大"},
    {415, "Unsupported Media Type", "媒体类型不支持"},
    {422, "Unprocessable Content", "违反规则"},
    {428, "Precondition Required", "缺少前提条件"},
    {429, "Too Many Requests", "请求过多"},
    {500, "Internal Server Error", "服务器错误"},
    {503, "Service Unavailable", "服务不可用"},
}};

std::string_view title_of(unsigned status, Language language) {
  const auto found = std::find_if(kTitles.begin(), kTitles.end(), [&](const Title& t) { return t.status == status; });
  if (found == kTitles.end()) return language == Language::English ? "Refused" : "已拒绝";
  return language == Language::English ? found->en : found->zh;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// The quality of one element of `Accept-Language`, in thousandths; 1,000 where none is given, 0 where it is no number.
int quality_of(std::string_view parameters) {
  const std::size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return 1000;
  double quality = 0;
  const std::string_view text = parameters.substr(q + 2);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), quality, std::chars_format::fixed);
  if (result.ec != std::errc() || !(quality >= 0 && quality <= 1)) return 0;
  return static_cast<int>(quality * 1000);
}

bool is_language(std::string_view range, std::string_view language) {
  const auto same = [](char lower, char c) { return lower == (c | 0x20); };
  return range.size() >= 2 && std::equal(language.begin(), language.end(), range.begin(), same) &&
         (range.size() == 2 || range[2] == '-');
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += out.back() == '{' ? "" : ",";
  append_json_string(out, name);
  out += ':';
  append_json_string(out, core::with_replacements(value));  // paths and headers are shown as they came
}

}  // namespace

Language choose_language(std::string_view accept_language) {
  int english = -1;
  int chinese = -1;
  int any = 0;
  while (!accept_language.empty()) {
    const std::size_t comma = accept_language.find(',');
    const std::string_view element = accept_language.substr(0, comma);
    accept_language.remove_prefix(comma == std::string_view::npos ? accept_language.size() : comma + 1);

    const std::size_t semicolon = element.find(';');
    const std::string_view range = trim(element.substr(0, semicolon));
    const int quality = semicolon == std::string_view::npos ? 1000 : quality_of(element.substr(semicolon));
    if (is_language(range, "en")) english = std::max(english, quality);
    if (is_language(range, "zh")) chinese = std::max(chinese, quality);
    if (range == "*") any = quality;
  }
  if (english < 0) english = any;
  if (chinese < 0) chinese = any;
  return english > chinese ? Language::English : Language::Chinese;
}

std::string code_of(const EnumValueDescriptor& problem) {
  std::string code(word_of(problem));
  std::transform(code.begin(), code.end(), code.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return code;
}

unsigned status_of(const EnumValueDescriptor& problem) {
  return rule_of(problem).status();
}

std::string text_of(const EnumValueDescriptor& problem, Language language, const Arguments& arguments) {
  const v1::ProblemRule& rule = rule_of(problem);
  std::string_view rest = language == Language::English ? rule.en() : rule.zh();
  std::string text;
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) break;
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const auto argument =
        std::find_if(arguments.begin(), arguments.end(), [&](const auto& a) { return a.first == name; });
    text += rest.substr(0, open);
    text += argument == arguments.end() ? rest.substr(open, close - open + 1) : std::string_view(argument->second);
    rest.remove_prefix(close + 1);
  }
  return text += rest;
}

std::string problem_json(const EnumValueDescriptor& problem, Language language, const Arguments& arguments,
                         const std::vector<FieldError>& fields, std::string_view instance) {
  const unsigned status = status_of(problem);
  const std::string code = code_of(problem);
  std::string out = "{";
  append_member(out, "type", "/docs#problem-" + code);
  append_member(out, "title", title_of(status, language));
  out += ",\"status\":" + std::to_string(status);
  append_member(out, "detail", text_of(problem, language, arguments));
  if (!instance.empty()) append_member(out, "instance", instance);
  append_member(out, "code", code);
  if (!fields.empty()) {
    out += ",\"errors\":[";
    for (const FieldError& field : fields) {
      const EnumValueDescriptor& why = *v1::FieldProblem_descriptor()->FindValueByNumber(field.problem);
      out += out.back() == '[' ? "{" : ",{";
      append_member(out, "pointer", field.pointer);
      append_member(out, "code", code_of(why));
      append_member(out, "detail", text_of(why, language, field.arguments));
      out += '}';
    }
    out += ']';
  }
  return out += '}';
}

}  // namespace wenming::contract
