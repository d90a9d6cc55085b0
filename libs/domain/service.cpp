#include "domain/service.h"

#include <algorithm>
#include <set>

#include "contract/contract.h"

namespace wenming::domain {
namespace {

using contract::v1::Kind_Name;

/// Collects what is wrong, so that one start shows all of it.
class Faults {
 public:
  void expect(bool sound, std::string fault) {
    if (!sound) text_ += "\n  " + std::move(fault);
  }
  void throw_if_any(const std::string& service) const {
    if (!text_.empty())
      throw std::logic_error("the table of service " + service + " does not fit its contract:" + text_);
  }

 private:
  std::string text_;
};

bool decided_by_scope(const contract::Method& method) {
  return std::any_of(method.rule.allow().begin(), method.rule.allow().end(),
                     [](const contract::v1::Allow& rule) { return contract::asks_for_scope(rule.when()); });
}

void check_kind(const contract::Method& method, const Binding& binding, Faults& faults) {
  const auto is_bound_as = [&](bool right, std::string_view what) {
    faults.expect(
        right, method.name() + " is of kind " + Kind_Name(method.kind) + " and must be bound as " + std::string(what));
  };
  switch (method.kind) {
    case contract::v1::KIND_COMMAND:
      return is_bound_as(binding.command != nullptr, "a command");
    case contract::v1::KIND_PREPARED:
      return is_bound_as(binding.prepare != nullptr && binding.commit != nullptr && !binding.job, "prepared");
    case contract::v1::KIND_JOB:
      return is_bound_as(binding.job, "a job");
    case contract::v1::KIND_QUERY:
      if (method.is_live()) return is_bound_as(binding.live_key != nullptr, "live");
      if (method.is_list()) return is_bound_as(binding.list, "a list");
      return is_bound_as(binding.query != nullptr && !binding.list && binding.live_key == nullptr, "a query");
    case contract::v1::KIND_EDGE:
      return is_bound_as(binding.edge != nullptr, "an edge");
    default:
      return is_bound_as(false, "nothing: only operations stand outside the table");
  }
}

void check_types(const contract::Method& method, const Binding& binding, Faults& faults) {
  const auto* const request = method.descriptor->input_type();
  const auto* const response = method.descriptor->output_type();
  faults.expect(binding.request == request,
                method.name() + " takes " + request->full_name() + ", its function " + binding.request->full_name());
  if (method.is_edge()) return;  // answers HTTP
  faults.expect(binding.response == response, method.name() + " answers " + response->full_name() + ", its function " +
                                                  binding.response->full_name());
}

void check_scope(const contract::Method& method, const Service& service, Faults& faults) {
  const std::string& resource = method.rule.resource();
  const bool scoped = method.resource_id != nullptr && service.resources().contains(resource);
  if (method.resource_id != nullptr && decided_by_scope(method)) {
    faults.expect(scoped,
                  method.name() + " needs the scope of a " + resource + ", which the table does not say how to find");
  }
  if (method.parent_id != nullptr) {
    const std::string& parent = method.rule.parent();
    faults.expect(service.resources().contains(parent),
                  method.name() + " needs the scope of a " + parent + ", which the table does not say how to find");
  }
  if (method.verb == contract::Verb::Patch && method.writes()) {
    faults.expect(scoped, method.name() + " is a PATCH and needs a resource with a version, for If-Match");
  }
}

bool stands_outside(const contract::Method& method) {
  return method.kind == contract::v1::KIND_OPERATION;
}

}  // namespace

Service& Service::add(Binding binding) {
  std::string rpc = binding.rpc;
  if (!bindings_.emplace(rpc, std::move(binding)).second) {
    throw std::logic_error("the table of service " + name_ + " binds " + rpc + " twice");
  }
  return *this;
}

void Service::check(const contract::Contract& contract) const {
  Faults faults;
  std::set<std::string, std::less<>> declared;
  for (const auto& method : contract.methods()) {
    if (std::find(contract_.begin(), contract_.end(), method->descriptor->service()) == contract_.end()) continue;
    declared.insert(method->name());
    const auto found = bindings_.find(method->name());
    if (found == bindings_.end()) {
      faults.expect(stands_outside(*method), method->name() + " has no function");
      continue;
    }
    faults.expect(!read_model_ || !method->writes(), method->name() + " writes, but the service is a read model");
    check_kind(*method, found->second, faults);
    check_types(*method, found->second, faults);
    check_scope(*method, *this, faults);
  }
  for (const auto& [rpc, binding] : bindings_) {
    faults.expect(declared.contains(rpc), rpc + " has a function, but the contract has no such method");
  }
  faults.throw_if_any(name_);
}

}  // namespace wenming::domain
