#include "contract/contract.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "contract/check.h"
#include "contract/routes.h"
#include "contract/shape.h"

namespace wenming::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr std::array<std::string_view, 7> kVerbs{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

const Message* prototype(const Descriptor& type) {
  return MessageFactory::generated_factory()->GetPrototype(&type);
}

void read_route(Method& method) {
  const v1::MethodRule& rule = method.rule;
  const auto set = [&](Verb verb, const std::string& path) {
    method.verb = verb;
    method.path = path;
  };
  switch (rule.route_case()) {
    case v1::MethodRule::kGet:
      return set(Verb::Get, rule.get());
    case v1::MethodRule::kPost:
      return set(Verb::Post, rule.post());
    case v1::MethodRule::kPut:
      return set(Verb::Put, rule.put());
    case v1::MethodRule::kPatch:
      return set(Verb::Patch, rule.patch());
    case v1::MethodRule::kDelete:
      return set(Verb::Delete, rule.delete_());
    case v1::MethodRule::ROUTE_NOT_SET:
      return;
  }
}

}  // namespace

std::string_view to_text(Verb verb) {
  const auto index = static_cast<std::size_t>(verb);
  return index < kVerbs.size() ? kVerbs[index] : "OTHER";
}

Verb parse_verb(std::string_view text) {
  const auto found = std::find(kVerbs.begin(), kVerbs.end(), text);
  return static_cast<Verb>(found - kVerbs.begin());
}

bool asks_for_scope(v1::When when) {
  return when != v1::WHEN_UNSPECIFIED && when != v1::WHEN_ALWAYS && when != v1::WHEN_ON_WHOLE_DEPLOYMENT;
}

bool Method::takes_json() const {
  return (verb == Verb::Post || verb == Verb::Put || verb == Verb::Patch) && rule.body_media_type().empty() &&
         !is_edge();
}

bool Method::takes_form() const {
  return is_edge() && rule.body_media_type_size() == 1 &&
         rule.body_media_type(0) == "application/x-www-form-urlencoded";
}

std::unique_ptr<Method> method_of(const MethodDescriptor& descriptor) {
  auto method = std::make_unique<Method>();
  method->descriptor = &descriptor;
  method->rule = descriptor.options().GetExtension(v1::method);
  read_route(*method);
  method->kind = method->rule.kind();
  if (method->kind == v1::KIND_UNSPECIFIED) {
    method->kind = method->verb == Verb::Get ? v1::KIND_QUERY : v1::KIND_COMMAND;
  }
  const Descriptor& request = *descriptor.input_type();
  method->request = prototype(request);
  method->response = prototype(*descriptor.output_type());
  method->list = descriptor.output_type()->FindFieldByName("next_page_token") != nullptr;
  if (!method->rule.resource().empty()) method->resource_id = request.FindFieldByName(method->rule.resource() + "_id");
  if (!method->rule.parent().empty()) method->parent_id = request.FindFieldByName(method->rule.parent() + "_id");
  if (!method->rule.unit_field().empty()) method->unit = request.FindFieldByName(method->rule.unit_field());
  if (!method->rule.anonymous_field().empty())
    method->anonymous = request.FindFieldByName(method->rule.anonymous_field());
  if (!method->rule.lock().empty()) method->lock = request.FindFieldByName(method->rule.lock());
  if (!method->rule.service_field().empty()) method->service = request.FindFieldByName(method->rule.service_field());
  return method;
}

Contract::Contract(std::vector<const ServiceDescriptor*> services)
    : services_(std::move(services)), routes_(std::make_unique<Routes>()) {
  // Several services may have the same methods (`service_field`).
  std::set<const ServiceDescriptor*> seen;
  std::erase_if(services_, [&](const ServiceDescriptor* service) { return !seen.insert(service).second; });
  Faults faults;
  for (const ServiceDescriptor* service : services_) {
    check_problems(*service->file(), faults);
    for (int i = 0; i < service->method_count(); ++i) {
      methods_.push_back(method_of(*service->method(i)));
      Method& method = *methods_.back();
      if (!check_route(method, faults)) continue;
      try {
        routes_->add(method);
      } catch (const std::invalid_argument& error) {
        faults.add(method.descriptor->full_name(), error.what());
      }
      check_method(method, faults);
      check_messages(*method.descriptor->input_type(), faults);
      check_messages(*method.descriptor->output_type(), faults);
    }
  }
  faults.throw_if_any();

  // Made now, so that no request pays for it.
  for (const auto& method : methods_) {
    shape_of(*method->request);
    shape_of(*method->response);
  }
}

Contract::~Contract() = default;

Contract::Match Contract::match(Verb verb, std::string_view path) const {
  return routes_->match(verb, path);
}

}  // namespace wenming::contract
