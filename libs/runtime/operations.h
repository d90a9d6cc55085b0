#pragma once

#include <string_view>
#include <vector>

#include "runtime/dispatcher.h"
#include "runtime/node.h"

namespace wenming::runtime {

/// The functions behind wenming.operations.v1: dead letters, rebuilds and keys of the services in this process. The
/// nodes outlive it. Any thread may call.
class Operations {
 public:
  explicit Operations(std::vector<Node*> nodes) : nodes_(std::move(nodes)) {}
  /// Binds every rpc of the service.
  void bind(Dispatcher& dispatcher);

 private:
  /// Refuses (`not_found`) a service that does not run here.
  [[nodiscard]] Node& node(std::string_view service) const;
  [[nodiscard]] Node& journal_for(Node& read_model) const;
  Node::RebuildState start_rebuild(Node& node, store::WorkName act) const;

  std::vector<Node*> nodes_;
};

}  // namespace wenming::runtime
