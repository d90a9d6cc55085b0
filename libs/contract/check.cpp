#include "contract/check.h"

#include <google/protobuf/message.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "contract/routes.h"
#include "contract/shape.h"
#include "wenming/contract/v1/jobs.pb.h"

namespace wenming::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

bool is_integer(FieldKind kind) {
  return kind == FieldKind::Int32 || kind == FieldKind::Int64 || kind == FieldKind::Uint32 || kind == FieldKind::Uint64;
}
bool is_number(FieldKind kind) {
  return is_integer(kind) || kind == FieldKind::Double;
}

/// What a path or a query can carry.
bool is_text_like(const FieldDescriptor& field) {
  const FieldKind kind = kind_of(field);
  return kind != FieldKind::Message && kind != FieldKind::FieldMask && kind != FieldKind::Bytes;
}

/// A role that was granted on a township must not do what concerns the whole deployment.
void check_unbounded(const std::string& name, const v1::Allow& allow, Faults& faults) {
  for (const int number : allow.role()) {
    if (number == v1::ROLE_CITIZEN || number == v1::ROLE_USER || number == v1::ROLE_UNSPECIFIED) continue;
    faults.add(name, "gives " + v1::Role_Name(static_cast<v1::Role>(number)) +
                         ", which is granted on a subtree, the condition WHEN_ALWAYS");
  }
}

bool is_held_by_units(v1::RelationKind kind) {
  return kind == v1::RELATION_KIND_CO_UNIT || kind == v1::RELATION_KIND_GUARANTOR;
}

/// A relation of a unit is held by those who have a role there, so the role must be one that is granted somewhere; one
/// of a body by its members, who must have signed in.
void check_related(const std::string& name, const v1::Allow& allow, Faults& faults) {
  if (allow.when() != v1::WHEN_RELATED) {
    if (!allow.related().empty())
      faults.add(name, "names kinds of relation beside a condition other than WHEN_RELATED");
    return;
  }
  if (allow.related().empty()) faults.add(name, "has the condition WHEN_RELATED, but names no kind (`related`)");
  const auto names = [&](v1::Role role) {
    return std::find(allow.role().begin(), allow.role().end(), role) != allow.role().end();
  };
  if (names(v1::ROLE_CITIZEN)) faults.add(name, "gives ROLE_CITIZEN the condition WHEN_RELATED, but nobody knows whom");
  for (const int number : allow.related()) {
    const auto kind = static_cast<v1::RelationKind>(number);
    if (kind == v1::RELATION_KIND_UNSPECIFIED) faults.add(name, "names RELATION_KIND_UNSPECIFIED");
    if (is_held_by_units(kind) && names(v1::ROLE_USER)) {
      faults.add(name, "gives ROLE_USER, which is granted on no unit, what the units of " +
                           v1::RelationKind_Name(kind) + " hold");
    }
  }
}

void check_allow(const Method& method, Faults& faults) {
  const std::string& name = method.descriptor->full_name();
  if (method.rule.allow().empty()) faults.add(name, "says nowhere who may call it (`allow`)");
  const bool decidable =
      method.resource_id != nullptr || method.unit != nullptr || method.is_list() || method.is_live();
  for (const v1::Allow& allow : method.rule.allow()) {
    const auto& roles = allow.role();
    if (roles.empty()) faults.add(name, "has an `allow` without a role");
    if (std::find(roles.begin(), roles.end(), v1::ROLE_UNSPECIFIED) != roles.end())
      faults.add(name, "allows ROLE_UNSPECIFIED");
    if (allow.when() == v1::WHEN_UNSPECIFIED) faults.add(name, "has an `allow` without a condition (`when`)");
    if (allow.when() == v1::WHEN_ALWAYS) check_unbounded(name, allow, faults);
    check_related(name, allow, faults);
    if (asks_for_scope(allow.when()) && !decidable) {
      faults.add(name, "has the condition " + v1::When_Name(allow.when()) +
                           ", but nothing in the request decides it: it needs a `resource` whose `<resource>_id` the "
                           "request has, a `unit_field`, or to be a list");
    }
  }
}

void check_body(const Method& method, Faults& faults) {
  const std::string& name = method.descriptor->full_name();
  const Descriptor& request = *method.descriptor->input_type();
  const bool has_body = method.verb == Verb::Post || method.verb == Verb::Put || method.verb == Verb::Patch;
  if (!method.rule.body_media_type().empty() && !has_body) faults.add(name, "takes a file, but its verb has no body");
  if (!method.rule.body_media_type().empty() && !method.is_edge()) {
    const FieldDescriptor* content = request.FindFieldByName("content");
    if (content == nullptr || content->is_repeated() || content->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
      faults.add(name, "takes a file, but the request has no text or bytes field `content`");
    }
  }
  if (method.takes_json()) return;
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor& field = *request.field(i);
    const bool is_content = has_body && field.name() == "content";
    try {
      if (!is_content && !is_text_like(field)) faults.add(field.full_name(), "cannot be given in a query");
    } catch (const std::invalid_argument&) {
      // check_messages names it
    }
  }
}

void check_answer(const Method& method, Faults& faults) {
  const std::string& name = method.descriptor->full_name();
  if (method.is_edge() && (method.is_live() || method.descriptor->output_type()->field_count() > 0))
    faults.add(name, "is an edge, whose answer is HTTP: its message has no fields and does not stream");
  if (!method.is_edge() && !method.rule.answer_media_type().empty())
    faults.add(name, "has an `answer_media_type`, but is no edge");
  const unsigned status = method.rule.success_status();
  if (status != 0 && (status < 200 || status > 299)) faults.add(name, "has a `success_status` that is none of success");
  if (method.descriptor->client_streaming()) faults.add(name, "takes a stream, which HTTP does not carry here");
  if (method.is_live() && method.verb != Verb::Get) faults.add(name, "is a live stream, but not a GET");
  if (!method.is_list()) return;

  const Descriptor& request = *method.descriptor->input_type();
  for (const char* field : {"page_size", "page_token", "include_total"}) {
    if (request.FindFieldByName(field) == nullptr)
      faults.add(name, std::string("is a list, but its request lacks `") + field + "`");
  }
  const FieldDescriptor* total = method.descriptor->output_type()->FindFieldByName("total");
  if (total == nullptr || !total->has_presence())
    faults.add(name, "is a list, but its answer lacks an optional `total`");
}

void check_enum(const EnumDescriptor& type, Faults& faults) {
  const std::string_view prefix = value_prefix(type);
  if (prefix.empty() || type.value(0)->number() != 0) {
    return faults.add(type.full_name(), "does not begin with a value `…_UNSPECIFIED = 0`");
  }
  for (int i = 1; i < type.value_count(); ++i) {
    if (!std::string_view(type.value(i)->name()).starts_with(prefix)) {
      faults.add(type.value(i)->full_name(), "lacks the prefix " + std::string(prefix));
    }
  }
}

void check_rule(const FieldDescriptor& field, FieldKind kind, Faults& faults) {
  const v1::FieldRule& rule = field.options().GetExtension(v1::field);
  const std::string& name = field.full_name();
  const bool text = kind == FieldKind::String;
  if (!text && kind != FieldKind::Bytes && !field.is_repeated() && (rule.min_length() != 0 || rule.max_length() != 0)) {
    faults.add(name, "has a length, but is neither text nor bytes nor repeated");
  }
  if (rule.max_length() != 0 && rule.min_length() > rule.max_length())
    faults.add(name, "has a min_length above its max_length");
  if (!is_number(kind) && (rule.has_minimum() || rule.has_maximum())) faults.add(name, "has a range, but is no number");
  if (rule.has_minimum() && rule.has_maximum() && rule.minimum() > rule.maximum())
    faults.add(name, "has a minimum above its maximum");
  if (!text && (!rule.pattern().empty() || rule.format() != v1::FORMAT_UNSPECIFIED)) {
    faults.add(name, "has a pattern or format, but is no text");
  }
  if (rule.required() && rule.output_only()) faults.add(name, "is both required and set by the server");

  const bool zero_in_range =
      (!rule.has_minimum() || rule.minimum() <= 0) && (!rule.has_maximum() || rule.maximum() >= 0);
  if (rule.required() && !field.is_repeated() && !field.has_presence() &&
      (kind == FieldKind::Bool || (is_number(kind) && zero_in_range))) {
    faults.add(name, "is required and may be zero: make it `optional`, so that zero can be told from absent");
  }
  if (!rule.example().empty() &&
      rapidjson::Document().Parse(rule.example().data(), rule.example().size()).HasParseError()) {
    faults.add(name, "has an example that is no JSON");
  }
  try {
    if (!rule.pattern().empty()) (void)Pattern(rule.pattern());
  } catch (const std::invalid_argument& error) {
    faults.add(name, error.what());
  }
}

}  // namespace

void Faults::add(std::string_view where, std::string_view what) {
  std::string fault = std::string(where) + ' ' + std::string(what);
  if (std::find(faults_.begin(), faults_.end(), fault) == faults_.end()) faults_.push_back(std::move(fault));
}

void Faults::throw_if_any() const {
  if (faults_.empty()) return;
  std::string text = "the contract has faults:";
  for (const std::string& fault : faults_) text += "\n  " + fault;
  throw std::logic_error(text);
}

bool check_route(Method& method, Faults& faults) {
  const std::string& name = method.descriptor->full_name();
  if (!method.descriptor->options().HasExtension(v1::method)) {
    faults.add(name, "has no option (wenming.contract.v1.method)");
    return false;
  }
  if (method.verb == Verb::Other) {
    faults.add(name, "has no verb and path");
    return false;
  }
  try {
    for (const std::string& field_name : Routes::fields_of(method.path)) {
      const FieldDescriptor* field = method.descriptor->input_type()->FindFieldByName(field_name);
      if (field == nullptr) {
        faults.add(name, "has {" + field_name + "} in its path, but the request has no such field");
      } else if (field->is_repeated() || !is_text_like(*field)) {
        faults.add(name, "has {" + field_name + "} in its path, but a path cannot carry its type");
      } else if (std::find(method.path_fields.begin(), method.path_fields.end(), field) != method.path_fields.end()) {
        faults.add(name, "has {" + field_name + "} in its path twice");
      } else {
        method.path_fields.push_back(field);
      }
    }
  } catch (const std::invalid_argument& error) {
    faults.add(name, error.what());
    return false;
  }
  return true;
}

void check_method(const Method& method, Faults& faults) {
  const std::string& name = method.descriptor->full_name();
  check_allow(method, faults);
  check_body(method, faults);
  check_answer(method, faults);
  if (method.verb == Verb::Get && method.writes()) faults.add(name, "is a GET that writes");
  if (method.rule.shared_answer() && method.writes()) faults.add(name, "writes, and so has no `shared_answer`");
  if (!method.rule.unit_field().empty() &&
      (method.unit == nullptr || method.unit->type() != FieldDescriptor::TYPE_STRING)) {
    faults.add(name, "names the unit_field `" + method.rule.unit_field() + "`, but the request has no such text field");
  }
  if (method.resource_id != nullptr && method.resource_id->type() != FieldDescriptor::TYPE_STRING) {
    faults.add(name, "has a resource id that is no text");
  }
  const std::string& parent = method.rule.parent();
  const bool parent_known = method.parent_id != nullptr && method.parent_id->type() == FieldDescriptor::TYPE_STRING;
  if (!parent.empty() && (!parent_known || method.resource_id == nullptr || method.verb != Verb::Put)) {
    faults.add(name, "names the parent `" + parent + "`, but is no PUT of a `resource` whose request has a text `" +
                         parent + "_id`");
  }
  if (!method.rule.anonymous_field().empty() &&
      (method.anonymous == nullptr || method.anonymous->type() != FieldDescriptor::TYPE_BOOL ||
       method.anonymous->is_repeated())) {
    faults.add(name,
               "names the anonymous_field `" + method.rule.anonymous_field() + "`, but the request has no such bool");
  }
  if (method.kind == v1::KIND_JOB) {
    if (method.descriptor->output_type() != v1::Job::descriptor())
      faults.add(name, "is a job, and so answers with a Job");
    // Each step asks again whether who started it may do this.
    if (method.resource_id != nullptr) faults.add(name, "is a job, which is decided by a `unit_field` or by nothing");
  }
  // In the path, so that repetitions of a call lock what the first one locked.
  const auto& path_fields = method.path_fields;
  const auto is_text_in_path = [&](const FieldDescriptor* field) {
    return std::find(path_fields.begin(), path_fields.end(), field) != path_fields.end() &&
           field->type() == FieldDescriptor::TYPE_STRING;
  };
  const bool in_path = is_text_in_path(method.lock);
  if (!method.rule.service_field().empty() && !is_text_in_path(method.service)) {
    faults.add(name, "has the service_field `" + method.rule.service_field() + "`, but no such text in its path");
  }
  if (!method.rule.lock().empty() && (!in_path || !method.writes())) {
    faults.add(name, "has the lock `" + method.rule.lock() + "`, but is no command with such a text in its path");
  }
}

void check_messages(const Descriptor& type, Faults& faults) {
  if (faults.seen(type)) return;
  if (type.field_count() > static_cast<int>(Shape::kMaxFields))
    faults.add(type.full_name(), "has more than 256 fields");
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    try {
      const FieldKind kind = kind_of(field);
      check_rule(field, kind, faults);
      if (kind == FieldKind::Enum) check_enum(*field.enum_type(), faults);
      if (kind == FieldKind::FieldMask && (field.name() != "update_mask" || field.is_repeated())) {
        faults.add(field.full_name(), "is a FieldMask that is not the `update_mask` of a merge patch");
      }
      if (kind == FieldKind::Message) check_messages(*field.message_type(), faults);
    } catch (const std::invalid_argument& error) {
      faults.add(field.full_name(), error.what());
    }
  }
}

namespace {

void check_without_personal(const Descriptor& event, const Descriptor& type, std::set<const Descriptor*>& seen,
                            Faults& faults) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.options().GetExtension(v1::field).personal() != v1::PERSONAL_UNSPECIFIED)
      faults.add(event.full_name(), "is an event, and carries the personal datum " + field.full_name());
    if (field.message_type() != nullptr) check_without_personal(event, *field.message_type(), seen, faults);
  }
}

}  // namespace

void check_events(const google::protobuf::FileDescriptor& file, Faults& faults) {
  for (int i = 0; i < file.message_type_count(); ++i) {
    const Descriptor& type = *file.message_type(i);
    if (!type.options().HasExtension(v1::event)) continue;
    std::set<const Descriptor*> seen;
    check_without_personal(type, type, seen, faults);
  }
}

void check_problems(const google::protobuf::FileDescriptor& file, Faults& faults) {
  const EnumDescriptor* type = file.pool()->FindEnumTypeByName(file.package() + ".Problem");
  if (type == nullptr) return;
  check_enum(*type, faults);
  for (int i = 1; i < type->value_count(); ++i) {
    const v1::ProblemRule& rule = type->value(i)->options().GetExtension(v1::problem);
    const std::string& name = type->value(i)->full_name();
    if (rule.status() < 400 || rule.status() > 599) faults.add(name, "has no status of an error");
    if (rule.en().empty() || rule.zh().empty()) faults.add(name, "lacks its English or Chinese text");
  }
}

}  // namespace wenming::contract
