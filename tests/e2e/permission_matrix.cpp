#include "e2e/permission_matrix.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <stdexcept>

#include "contract/example.h"
#include "e2e/direct_client.h"

namespace wenming::e2e {
namespace {

namespace v1 = contract::v1;
using contract::Method;
using google::protobuf::FieldDescriptor;
using Ids = std::map<std::string, std::string, std::less<>>;

bool names(const v1::Allow& rule, v1::Role role) {
  return std::find(rule.role().begin(), rule.role().end(), role) != rule.role().end();
}

bool holds_a_role_of(const Standing& who, const v1::Allow& rule) {
  if (names(rule, v1::ROLE_CITIZEN)) return true;
  if (!who.signed_in) return false;
  return names(rule, v1::ROLE_USER) ||
         std::any_of(who.roles.begin(), who.roles.end(), [&](v1::Role role) { return names(rule, role); });
}

/// Units hold the relations of their people; a body's are held by its members, wherever their roles were granted.
bool is_tied(const Standing& who, const v1::Allow& rule) {
  return std::any_of(rule.related().begin(), rule.related().end(), [&](int number) {
    const auto kind = static_cast<v1::RelationKind>(number);
    const bool of_units = kind != v1::RELATION_KIND_BODY_MEMBER && kind != v1::RELATION_KIND_ASSESSMENT_TEAM;
    return who.relations.contains(kind) || (of_units && who.everywhere);
  });
}

/// Whether the unit that received the resources is theirs. A relation's is its holder.
bool received(const Method& method, const Standing& who) {
  const bool is_relation = method.rule.resource() == "relation" || method.name() == "ListRelations";
  return is_relation ? who.everywhere || who.relations.contains(v1::RELATION_KIND_GUARANTOR) : who.receives;
}

void put_ids(rapidjson::Value& value, const Ids& ids, rapidjson::Document::AllocatorType& allocator) {
  if (value.IsArray()) {
    for (auto& element : value.GetArray()) put_ids(element, ids, allocator);
  }
  if (!value.IsObject()) return;
  for (auto& [name, member] : value.GetObject()) {
    const auto known = ids.find(std::string_view(name.GetString(), name.GetStringLength()));
    if (member.IsString() && known != ids.end()) {
      member.SetString(known->second.data(), static_cast<rapidjson::SizeType>(known->second.size()), allocator);
    } else {
      put_ids(member, ids, allocator);
    }
  }
}

std::string unquoted_example(const FieldDescriptor& field) {
  std::string example = contract::example_value(field);
  std::erase(example, '"');
  return example;
}

bool is_required(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::field).required();
}

}  // namespace

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Admitted:
      return "admitted";
    case Verdict::NotSignedIn:
      return "401";
    case Verdict::NotAllowed:
      return "403";
    case Verdict::NotFound:
      return "404";
  }
  return "unknown";
}

bool shows_rows(const Method& method) {
  return method.is_list() && method.rule.resource().empty() && method.rule.unit_field().empty();
}

bool finds_rows(const Method& method, const Standing& who) {
  const auto& rules = method.rule.allow();
  return std::any_of(rules.begin(), rules.end(), [&](const v1::Allow& rule) {
    if (!holds_a_role_of(who, rule)) return false;
    return (rule.when() == v1::WHEN_WITHIN_UNIT && who.reaches) ||
           (rule.when() == v1::WHEN_WITHIN_RECEIVING_UNIT && received(method, who)) ||
           (rule.when() == v1::WHEN_SELF && who.owns) || (rule.when() == v1::WHEN_RELATED && is_tied(who, rule));
  });
}

Verdict promised(const Method& method, const Standing& who) {
  bool holds_a_role = false;
  for (const v1::Allow& rule : method.rule.allow()) {
    if (!holds_a_role_of(who, rule)) continue;
    if (rule.when() == v1::WHEN_ON_WHOLE_DEPLOYMENT) {
      // A grant on a part says nothing about the whole: nothing is hidden from its holder, it is just not theirs to do.
      if (who.everywhere) return Verdict::Admitted;
      continue;
    }
    const bool by_rows = shows_rows(method);
    // A list of what is theirs means nothing to a key, which owns nothing.
    if (by_rows && rule.when() == v1::WHEN_SELF && !who.person) continue;
    holds_a_role = true;
    if (by_rows || rule.when() == v1::WHEN_ALWAYS) return Verdict::Admitted;
    if (rule.when() == v1::WHEN_WITHIN_UNIT && who.reaches) return Verdict::Admitted;
    if (rule.when() == v1::WHEN_WITHIN_RECEIVING_UNIT && received(method, who)) return Verdict::Admitted;
    if (rule.when() == v1::WHEN_SELF && who.owns) return Verdict::Admitted;
    if (rule.when() == v1::WHEN_RELATED && is_tied(who, rule)) return Verdict::Admitted;
    // WHEN_PUBLISHED and WHEN_WITHIN_INVOLVED_UNIT admit nobody: what the test has made is not published, and nobody
    // takes part in it besides.
  }
  if (!who.signed_in) return Verdict::NotSignedIn;
  return holds_a_role ? Verdict::NotFound : Verdict::NotAllowed;
}

std::string SampleRequests::in_path(const Method& method, const FieldDescriptor& field) const {
  const bool client_chooses = method.parent_id != nullptr && &field == method.resource_id;
  if (client_chooses) return fresh_uuid();
  const auto known = ids_.find(field.name());
  if (known == ids_.end())
    throw std::logic_error(method.name() + ": the test has nothing to stand for {" + field.name() + "}");
  return known->second;
}

/// What has to be there, and what decides the scope; no filters, which would hide rows.
std::string SampleRequests::in_query(const Method& method) const {
  std::string query;
  const auto& type = *method.descriptor->input_type();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const auto& path = method.path_fields;
    if (std::find(path.begin(), path.end(), &field) != path.end() || field.name() == "content") continue;
    const bool scope = &field == method.resource_id || &field == method.parent_id || &field == method.unit;
    if (!scope && !is_required(field) && field.name() != "dry_run") continue;
    const auto known = ids_.find(field.name());
    if (scope && known == ids_.end())
      throw std::logic_error(method.name() + ": the test has nothing to stand for " + field.name());
    query += (query.empty() ? "?" : "&") + field.name() + "=";
    query += known == ids_.end() ? unquoted_example(field) : known->second;
  }
  return query;
}

std::string SampleRequests::json_body(const Method& method) const {
  rapidjson::Document body;
  body.Parse(contract::example_body(method).c_str());
  put_ids(body, ids_, body.GetAllocator());
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  body.Accept(writer);
  return {text.GetString(), text.GetSize()};
}

SampleRequest SampleRequests::of(const Method& method) const {
  SampleRequest request;
  request.target = method.path;
  for (const FieldDescriptor* field : method.path_fields) {
    const std::string place = "{" + field->name() + "}";
    request.target.replace(request.target.find(place), place.size(), in_path(method, *field));
  }
  if (method.takes_json()) {
    request.media_type = "application/json";
    request.body = json_body(method);
    return request;
  }
  if (method.takes_form()) {
    request.media_type = method.rule.body_media_type(0);
    request.body = in_query(method).substr(1);
    return request;
  }
  request.target += in_query(method);
  if (!method.rule.body_media_type().empty()) {
    request.media_type = method.rule.body_media_type(0);
    request.body = "column\nvalue\n";
  }
  return request;
}

}  // namespace wenming::e2e
