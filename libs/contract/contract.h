#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
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
  std::string path;          // the template, `/v1/hours/{hours_id}:approve`
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  const google::protobuf::Message* request = nullptr;   // prototypes: `request->New()`
  const google::protobuf::Message* response = nullptr;
  const google::protobuf::FieldDescriptor* resource_id = nullptr;  // `<resource>_id` in the request; null where absent
  const google::protobuf::FieldDescriptor* unit = nullptr;         // the request field that `unit_field` names

  [[nodiscard]] const std::string& name() const { return descriptor->name(); }
  [[nodiscard]] bool writes() const { return kind == v1::KIND_COMMAND || kind == v1::KIND_PREPARED; }
  /// The answer has a `next_page_token`.
  [[nodiscard]] bool is_list() const;
  /// The answer is a stream (Server-Sent Events).
  [[nodiscard]] bool is_live() const { return descriptor->server_streaming(); }
};

/// The contract of one or more services: every rpc of theirs, checked.
///
/// The constructor throws std::logic_error naming every fault: an rpc without a `method` option, without `allow`, an
/// `allow` without role or condition, a condition that nothing in the request can decide, two rpcs on one route, a
/// `{field}` that the request lacks, a pattern that does not compile.
class Contract {
 public:
  explicit Contract(std::vector<const google::protobuf::ServiceDescriptor*> services);
  ~Contract();
  Contract(const Contract&) = delete;
  Contract& operator=(const Contract&) = delete;

  [[nodiscard]] const std::vector<std::unique_ptr<Method>>& methods() const { return methods_; }
  [[nodiscard]] const std::vector<const google::protobuf::ServiceDescriptor*>& services() const { return services_; }

  struct Match {
    const Method* method = nullptr;                       // null: no such path, or not with this verb
    std::vector<std::pair<std::string, std::string>> path_fields;  // percent-decoded
    std::vector<Verb> allowed;                            // the verbs that the path has; empty: no such path
  };
  /// Finds the method of a path without query. HEAD finds what GET finds.
  [[nodiscard]] Match match(Verb verb, std::string_view path) const;

 private:
  struct Node;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
  std::vector<std::unique_ptr<Method>> methods_;
  std::unique_ptr<Node> root_;
};

}  // namespace wenming::contract
