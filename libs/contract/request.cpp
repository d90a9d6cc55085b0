#include "contract/request.h"

#include <algorithm>
#include <optional>

#include "contract/field_value.h"
#include "contract/json.h"
#include "contract/malformed.h"
#include "contract/routes.h"
#include "contract/shape.h"
#include "contract/validate.h"
#include "core/text.h"

namespace wenming::contract {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kMaxParameters = 1'000;

std::string pointer_to(std::string_view field) {
  std::string pointer;
  append_pointer(pointer, field);
  return pointer;
}

/// Cuts the next `name=value` off a query.
std::pair<std::string_view, std::string_view> next_parameter(std::string_view& query) {
  const std::size_t end = std::min(query.find('&'), query.size());
  const std::string_view parameter = query.substr(0, end);
  query.remove_prefix(std::min(end + 1, query.size()));
  const std::size_t equals = std::min(parameter.find('='), parameter.size());
  return {parameter.substr(0, equals), parameter.substr(std::min(equals + 1, parameter.size()))};
}

/// Reads the query of one request.
class Query {
 public:
  Query(const Method& method, Message& request, std::vector<FieldError>& errors)
      : method_(method), request_(request), errors_(errors) {}

  void read(std::string_view query) {
    for (auto& [name, value] : parse_parameters(query)) {
      name_ = std::move(name);
      value_ = std::move(value);
      take();
    }
  }

 private:
  void take() {
    const FieldShape* field = shape_of(request_).find(name_);
    if (field == nullptr || !belongs_here(*field)) {
      if (!method_.is_edge()) report(v1::FIELD_PROBLEM_UNKNOWN);
      return;
    }
    if (field->rule.output_only()) return report(v1::FIELD_PROBLEM_OUTPUT_ONLY);
    const bool again = std::find(taken_.begin(), taken_.end(), field) != taken_.end();
    if (again && !field->repeated) return report(v1::FIELD_PROBLEM_REPEATED);
    taken_.push_back(field);
    if (value_.empty()) return;
    if (auto error = FieldValue(request_, *field).put_text(value_)) {
      error->pointer = pointer_to(name_);
      errors_.push_back(*std::move(error));
    }
  }

  [[nodiscard]] bool belongs_here(const FieldShape& field) const {
    const auto& in_path = method_.path_fields;
    const bool is_body = method_.takes_json() || (!method_.rule.body_media_type().empty() && field.name() == "content");
    return !is_body && !field.is_update_mask() &&
           std::find(in_path.begin(), in_path.end(), field.descriptor) == in_path.end();
  }

  void report(v1::FieldProblem problem) { errors_.push_back({pointer_to(name_), problem, {}}); }

  const Method& method_;
  Message& request_;
  std::vector<FieldError>& errors_;
  std::vector<const FieldShape*> taken_;
  std::string name_, value_;
};

/// Whether something that is wrong at `pointer` already explains itself: with that very place, or one around it.
bool is_explained(const std::string& pointer, const std::vector<FieldError>& errors, std::size_t known) {
  return std::any_of(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(known), [&](const FieldError& error) {
    return pointer.starts_with(error.pointer) &&
           (pointer.size() == error.pointer.size() || pointer[error.pointer.size()] == '/');
  });
}

void add_broken_rules(const Message& request, std::vector<FieldError>& errors) {
  const std::size_t known = errors.size();
  for (FieldError& error : validate(request)) {
    if (!is_explained(error.pointer, errors, known)) errors.push_back(std::move(error));
  }
}

void read_body(const Method& method, std::string body, Message& request, std::vector<FieldError>& errors) {
  if (!method.rule.body_media_type().empty()) {
    const FieldDescriptor* content = request.GetDescriptor()->FindFieldByName("content");
    if (content->type() == FieldDescriptor::TYPE_STRING && !core::is_utf8(body))
      throw Malformed("the file is not UTF-8");
    request.GetReflection()->SetString(&request, content, std::move(body));
    return;
  }
  if (body.empty()) return;
  if (!method.takes_json()) throw Malformed(std::string(to_text(method.verb)) + " takes no body here");
  ReadOptions options;
  options.merge_patch = method.verb == Verb::Patch;
  options.not_here = method.path_fields;
  auto found = parse_json(body, request, options);
  errors.insert(errors.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

}  // namespace

std::vector<FieldError> read_request(const Method& method, RequestText text, Message& request) {
  std::vector<FieldError> errors = bind_path_and_query(method, text.path_fields, text.query, request);
  read_body(method, std::move(text.body), request, errors);
  add_broken_rules(request, errors);
  return errors;
}

std::vector<FieldError> read_edge_request(const Method& method, const RequestText& text, Message& request) {
  std::vector<FieldError> errors;
  for (const auto& [name, value] : text.path_fields) set_from_text(request, name, value, errors);
  Query query(method, request, errors);
  query.read(text.query);
  if (method.takes_form()) query.read(text.body);
  add_broken_rules(request, errors);
  return errors;
}

std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == kMaxParameters) throw Malformed("more than " + std::to_string(kMaxParameters) + " parameters");
    const auto [raw_name, raw_value] = next_parameter(text);
    std::string name, value;
    if (!decode_percent(raw_name, true, name) || !decode_percent(raw_value, true, value)) {
      throw Malformed("the parameters are not percent-encoded UTF-8");
    }
    if (!name.empty() || !value.empty()) parameters.emplace_back(std::move(name), std::move(value));
  }
  return parameters;
}

std::vector<FieldError> bind_path_and_query(const Method& method,
                                            const std::vector<std::pair<std::string, std::string>>& path_fields,
                                            std::string_view query, Message& request) {
  std::vector<FieldError> errors;
  for (const auto& [name, value] : path_fields) set_from_text(request, name, value, errors);
  if (!query.empty()) Query(method, request, errors).read(query);
  return errors;
}

void set_from_text(Message& message, std::string_view name, std::string_view text, std::vector<FieldError>& errors) {
  const FieldShape* field = shape_of(message).find(name);
  std::optional<FieldError> error;
  if (field == nullptr) {
    error = FieldError{{}, v1::FIELD_PROBLEM_UNKNOWN, {}};
  } else if (!core::is_utf8(text)) {
    error = FieldValue(message, *field).wrong_type();
  } else {
    error = FieldValue(message, *field).put_text(text);
  }
  if (!error) return;
  error->pointer = pointer_to(name);
  errors.push_back(*std::move(error));
}

}  // namespace wenming::contract
