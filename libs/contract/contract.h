#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::contract {

enum class Verb { Get, Head, Post, Put, Patch, Delete, Options, Other };

[[nodiscard]] std::string_view to_text(Verb verb);
[[nodiscard]] Verb parse_verb(std::string_view text);

/// One rpc as the rest of the program sees it: its descriptor, and what its `method` option says, read once at start.
/// Immutable; lives as long as the Contract.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  v1::MethodRule rule;
  Verb verb = Verb::Other;
  std::string path;  // the template, `/v1/hours/{hours_id}:approve`
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  const google::protobuf::Message* request = nullptr;  // prototypes: `request->New()`
  const google::protobuf::Message* response = nullptr;
  const google::protobuf::FieldDescriptor* resource_id = nullptr;  // `<resource>_id` in the request; null where absent
  const google::protobuf::FieldDescriptor* parent_id = nullptr;    // `<parent>_id` in the request; null where absent
  const google::protobuf::FieldDescriptor* unit = nullptr;         // the request field that `unit_field` names
  const google::protobuf::FieldDescriptor* anonymous = nullptr;    // the request field that `anonymous_field` names
  const google::protobuf::FieldDescriptor* lock = nullptr;         // the request field that `lock` names
  const google::protobuf::FieldDescriptor* service = nullptr;      // the request field that `service_field` names
  std::vector<const google::protobuf::FieldDescriptor*> path_fields;  // `{field}`, in the order of the path
  bool list = false;                                                  // the answer has a `next_page_token`

  [[nodiscard]] const std::string& name() const { return descriptor->name(); }
  [[nodiscard]] bool writes() const {
    return kind == v1::KIND_COMMAND || kind == v1::KIND_PREPARED || kind == v1::KIND_JOB;
  }
  [[nodiscard]] bool is_list() const { return list; }
  /// The answer is a stream (Server-Sent Events).
  [[nodiscard]] bool is_live() const { return descriptor->server_streaming(); }
  /// HTTP in and out is the function's own business.
  [[nodiscard]] bool is_edge() const { return kind == v1::KIND_EDGE; }
  /// The rest of the request is a JSON body; otherwise a file (`body_media_type`) or nothing, and the rest is the
  /// query.
  [[nodiscard]] bool takes_json() const;
  /// An edge whose request's fields come from a form as well.
  [[nodiscard]] bool takes_form() const;
};

/// What the contract says of one rpc, without judging it.
std::unique_ptr<Method> method_of(const google::protobuf::MethodDescriptor& descriptor);

/// Whether a condition is judged by whose the resource is.
[[nodiscard]] bool asks_for_scope(v1::When when);

class Routes;

/// The contract of one or more services: every rpc of theirs, checked.
///
/// The constructor throws std::logic_error naming every fault: an rpc without a `method` option, without `allow`, an
/// `allow` without role or condition, a condition that nothing in the request can decide, two rpcs on one route, a
/// `{field}` that the request lacks, a rule that does not fit its field, a pattern that does not compile, an enum
/// without an unspecified zero, a problem without texts (see check.h). Immutable afterwards; any thread may ask.
class Contract {
 public:
  explicit Contract(std::vector<const google::protobuf::ServiceDescriptor*> services);
  ~Contract();
  Contract(const Contract&) = delete;
  Contract& operator=(const Contract&) = delete;

  [[nodiscard]] const std::vector<std::unique_ptr<Method>>& methods() const { return methods_; }
  [[nodiscard]] const std::vector<const google::protobuf::ServiceDescriptor*>& services() const { return services_; }

  struct Match {
    const Method* method = nullptr;                                // null: no such path, or not with this verb
    std::vector<std::pair<std::string, std::string>> path_fields;  // percent-decoded
    std::vector<Verb> allowed;  // of a path that has other verbs only; empty: no such path
  };
  /// Finds the method of a path without query. HEAD finds what GET finds. A path whose values are not percent-encoded
  /// UTF-8 is none.
  [[nodiscard]] Match match(Verb verb, std::string_view path) const;

 private:
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
  std::vector<std::unique_ptr<Method>> methods_;
  std::unique_ptr<Routes> routes_;
};

}  // namespace wenming::contract
