#pragma once

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "domain/service.h"
#include "events/event_source.h"

namespace wenming::events {

/// What a database does with events: the event functions of the services that live in it, in the order in which they
/// were added. The runtime adds the replica of the reference facts first, then the service itself, so that a function
/// finds the organisation that an event is about. Immutable once a consumer has it; any thread may then ask.
class Handlers {
 public:
  Handlers() = default;
  explicit Handlers(const domain::Service& service) { add(service); }

  /// Takes the service's event functions and what its batches are made of.
  Handlers& add(const domain::Service& service);

  [[nodiscard]] bool handles(std::string_view type) const;
  /// The services that publish what is handled here: `wenming.volunteer.v1.HoursApproved` comes from `volunteer`.
  [[nodiscard]] std::set<std::string> sources() const;
  /// Whether a function may publish events of its own. A read model never does.
  [[nodiscard]] bool reacts() const { return reacts_; }

  /// The memory of one batch of events, one part per service added.
  using Batch = std::vector<std::unique_ptr<domain::Batch>>;
  [[nodiscard]] Batch new_batch() const;
  /// Writes what the batch has gathered.
  static void flush(domain::Tx& tx, const Batch& batch);

  /// Runs every function for the event's type. Throws Undecodable, or what a function throws.
  void handle(domain::Tx& tx, const Batch& batch, const Record& record) const;
  /// The event as a message. Throws Undecodable.
  [[nodiscard]] std::unique_ptr<google::protobuf::Message> decode(const Record& record) const;

 private:
  struct Function {
    std::size_t service;  // whose batch it gets
    const google::protobuf::Message* prototype;
    domain::EventFunction function;
  };
  std::map<std::string, std::vector<Function>, std::less<>> functions_;
  std::vector<domain::BatchFactory> batches_;
  bool reacts_ = true;
};

/// The unique name of an event: source, epoch, sequence and index.
[[nodiscard]] std::string id_of(const Record& record);

/// The payload is not a message of the type that the record names.
class Undecodable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wenming::events
