#include "contract/problem_catalogue.h"

#include <algorithm>

#include "contract/problem.h"
#include "contract/schemas.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::contract {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;

std::vector<const EnumValueDescriptor*> values_of(const EnumDescriptor* type) {
  std::vector<const EnumValueDescriptor*> values;
  if (type == nullptr) return values;
  for (int i = 1; i < type->value_count(); ++i) values.push_back(type->value(i));
  return values;
}

const std::string& package_of(const Method& method) {
  return method.descriptor->file()->package();
}

/// `volunteer.409`, `volunteer.read.422`.
std::string response_name(const std::string& package, unsigned status, bool writes) {
  return Schemas::name_of(package + ".") + (writes ? "" : "read.") + std::to_string(status);
}

/// Whether a shared problem is one of methods of the package that write, or of those that read.
bool concerns(const EnumValueDescriptor& problem, const std::string& package, bool writes) {
  switch (problem.number()) {
    case v1::PROBLEM_JOB_ENDED:
    case v1::PROBLEM_JOB_FILE:
      return package == problem.file()->package();  // the methods on jobs, which all services share
    case v1::PROBLEM_IDEMPOTENCY_KEY_REQUIRED:
    case v1::PROBLEM_IDEMPOTENCY_KEY_REUSED:
      return writes;
    case v1::PROBLEM_PAGE_TOKEN:
    case v1::PROBLEM_READ_TOO_LONG:
    case v1::PROBLEM_FILTER_MASKED:
      return !writes;
    default:
      return true;
  }
}

/// Edges of other verbs than GET have commands run.
bool changes_something(const Method& method) {
  return method.writes() || (method.is_edge() && method.verb != Verb::Get);
}

bool is_open_to_all(const Method& method) {
  const auto& allow = method.rule.allow();
  return std::any_of(allow.begin(), allow.end(), [](const v1::Allow& rule) {
    const auto& roles = rule.role();
    return rule.when() == v1::WHEN_ALWAYS && std::find(roles.begin(), roles.end(), v1::ROLE_CITIZEN) != roles.end();
  });
}

}  // namespace

ProblemCatalogue::ProblemCatalogue(const Contract& contract, const Comments& comments)
    : comments_(comments), shared_(values_of(v1::Problem_descriptor())) {
  for (const auto* service : contract.services()) {
    const auto& file = *service->file();
    of_package_[file.package()] = values_of(file.pool()->FindEnumTypeByName(file.package() + ".Problem"));
  }
}

std::vector<const EnumValueDescriptor*> ProblemCatalogue::with_status(const std::string& package, unsigned status,
                                                                      bool writes) const {
  std::vector<const Problem*> found;
  std::copy_if(shared_.begin(), shared_.end(), std::back_inserter(found), [&](const Problem* problem) {
    return status_of(*problem) == status && concerns(*problem, package, writes);
  });
  const auto& own = of_package_.at(package);
  std::copy_if(own.begin(), own.end(), std::back_inserter(found),
               [&](const Problem* problem) { return status_of(*problem) == status; });
  return found;
}

std::set<unsigned> ProblemCatalogue::statuses_of(const Method& method) const {
  std::set<unsigned> statuses{400, 429, 500, 503};
  if (!is_open_to_all(method)) statuses.insert({401, 403});
  if (!method.path_fields.empty()) statuses.insert(404);
  const bool has_body = method.verb == Verb::Post || method.verb == Verb::Put || method.verb == Verb::Patch;
  if (has_body) statuses.insert({413, 415});
  if (method.writes() && (method.verb == Verb::Patch || method.verb == Verb::Put)) statuses.insert({412, 428});
  if (method.writes() && method.resource_id != nullptr) statuses.insert(412);
  // An Idempotency-Key may have been used for something else.
  if (method.verb == Verb::Post && method.writes()) statuses.insert(422);
  for (const Problem* problem : of_package_.at(package_of(method))) {
    const unsigned status = status_of(*problem);
    if (changes_something(method) || status == 404 || status == 422) statuses.insert(status);
  }
  return statuses;
}

void ProblemCatalogue::write_references(JsonDocument& document, const Method& method) const {
  for (const unsigned status : statuses_of(method)) {
    document.object(std::to_string(status), [&] {
      document.member("$ref",
                      "#/components/responses/" + response_name(package_of(method), status, changes_something(method)));
    });
  }
}

void ProblemCatalogue::write_responses(JsonDocument& document) const {
  for (const auto& [package, own] : of_package_) {
    std::set<unsigned> statuses;
    for (const Problem* problem : shared_) statuses.insert(status_of(*problem));
    for (const Problem* problem : own) statuses.insert(status_of(*problem));
    for (const bool writes : {true, false}) {
      for (const unsigned status : statuses) {
        const auto problems = with_status(package, status, writes);
        if (problems.empty()) continue;
        document.object(response_name(package, status, writes), [&] { write_response(document, problems); });
      }
    }
  }
}

void ProblemCatalogue::write_response(JsonDocument& document, const std::vector<const Problem*>& problems) const {
  std::string description;
  for (const Problem* problem : problems) {
    description += (description.empty() ? "- `" : "\n- `") + code_of(*problem) + "`: " + comments_.of(*problem);
  }
  document.member("description", description);
  document.object("content", [&] {
    document.object("application/problem+json", [&] {
      document.object("schema", [&] { document.member("$ref", "#/components/schemas/Problem"); });
      document.key("example");
      document.raw(problem_json(*problems.front(), Language::English, {}, {}, ""));
    });
  });
}

void ProblemCatalogue::write_problem(JsonDocument& document, const Problem& problem) const {
  document.member("code", code_of(problem));
  document.member("status", status_of(problem));
  document.member("description", comments_.of(problem));
  document.member("en", text_of(problem, Language::English, {}));
  document.member("zh", text_of(problem, Language::Chinese, {}));
}

void ProblemCatalogue::write_problems(JsonDocument& document) const {
  for (const Problem* problem : shared_) document.object([&] { write_problem(document, *problem); });
  for (const auto& [package, own] : of_package_) {
    for (const Problem* problem : own) {
      document.object([&, &package_name = package] {
        document.member("package", package_name);
        write_problem(document, *problem);
      });
    }
  }
}

void ProblemCatalogue::write_field_problems(JsonDocument& document) const {
  for (const Problem* problem : values_of(v1::FieldProblem_descriptor())) {
    document.object([&] { write_problem(document, *problem); });
  }
}

}  // namespace wenming::contract
