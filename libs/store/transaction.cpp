#include "store/transaction.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <stdexcept>

#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::store {
namespace {

std::string key_of(const google::protobuf::Message& event) {
  const auto* const type = event.GetDescriptor();
  const std::string& name = type->options().GetExtension(contract::v1::event).key();
  const auto* const field = type->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    throw std::logic_error(type->full_name() + " is published, but its contract names no key");
  }
  return event.GetReflection()->GetString(event, field);
}

}  // namespace

void Transaction::publish(const google::protobuf::Message& event) {
  std::string key = key_of(event);
  if (key.empty()) throw std::logic_error(event.GetDescriptor()->full_name() + " is published without its key");
  v1::PublishedEvent& published = *events_.add_events();
  published.set_type(event.GetDescriptor()->full_name());
  published.set_key(std::move(key));
  event.SerializeToString(published.mutable_payload());
}

void Transaction::schedule(std::string_view key, core::Timestamp due, const google::protobuf::Message& command) {
  touched_timers_ = true;
  // What was due before anybody knew of it is not late before now: `due_at` is what lateness is reckoned from.
  run("INSERT INTO timers (key, due_at, run_at, attempts, command_type, command) VALUES ($1, $5, $2, 0, $3, $4) "
      "ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, run_at = excluded.run_at, attempts = 0, "
      "command_type = excluded.command_type, command = excluded.command",
      key, due, command.GetDescriptor()->full_name(), domain::Blob{command.SerializeAsString()}, std::max(due, now()));
}

void Transaction::cancel(std::string_view key) {
  touched_timers_ = true;
  run("DELETE FROM timers WHERE key = $1", key);
}

void Transaction::send_on_errand(std::string_view key, core::Timestamp due, const google::protobuf::Message& command) {
  sent_on_errands_ = true;
  run("INSERT INTO errands (key, number, run_at, attempts, command_type, command) "
      "VALUES ($1, $2, $3, 0, $4, $5) "
      "ON CONFLICT (key) DO UPDATE SET number = excluded.number, run_at = excluded.run_at, attempts = 0, "
      "claimed = FALSE, command_type = excluded.command_type, command = excluded.command",
      key, new_id(), std::max(due, now()), command.GetDescriptor()->full_name(),
      domain::Blob{command.SerializeAsString()});
}

void Transaction::recall(std::string_view key) {
  run("DELETE FROM errands WHERE key = $1", key);
}

}  // namespace wenming::store
