#include "events/handlers.h"

namespace wenming::events {

Handlers& Handlers::add(const domain::Service& service) {
  for (const auto& [type, function] : service.events()) {
    functions_[type].push_back({batches_.size(), function.first, function.second});
  }
  batches_.push_back(service.batch_factory());
  reacts_ = reacts_ && !service.is_read_model();
  return *this;
}

bool Handlers::handles(std::string_view type) const {
  return functions_.find(type) != functions_.end();
}

std::set<std::string> Handlers::sources() const {
  static constexpr std::string_view kProject = "wenming.";
  std::set<std::string> sources;
  for (const auto& [type, functions] : functions_) {
    if (type.starts_with(kProject))
      sources.insert(type.substr(kProject.size(), type.find('.', kProject.size()) - kProject.size()));
  }
  return sources;
}

Handlers::Batch Handlers::new_batch() const {
  Batch batch;
  batch.reserve(batches_.size());
  for (const auto& make : batches_) batch.push_back(make ? make() : nullptr);
  return batch;
}

void Handlers::flush(domain::Tx& tx, const Batch& batch) {
  for (const auto& part : batch) {
    if (part) part->flush(tx);
  }
}

std::unique_ptr<google::protobuf::Message> Handlers::decode(const Record& record) const {
  const auto found = functions_.find(record.type);
  if (found == functions_.end()) throw Undecodable("nothing here knows the event type " + record.type);
  std::unique_ptr<google::protobuf::Message> event(found->second.front().prototype->New());
  if (!event->ParseFromString(record.payload)) throw Undecodable("the payload is no " + record.type);
  return event;
}

void Handlers::handle(domain::Tx& tx, const Batch& batch, const Record& record) const {
  const auto event = decode(record);
  const std::string id = id_of(record);
  const domain::EventContext context{record.source, record.key, id, record.time};
  for (const auto& function : functions_.find(record.type)->second) {
    function.function(tx, batch[function.service].get(), *event, context);
  }
}

std::string id_of(const Record& record) {
  std::string id;
  id.reserve(record.source.size() + record.epoch.size() + 24);
  id.append(record.source).append("/").append(record.epoch).append("/");
  id.append(std::to_string(record.sequence)).append("/").append(std::to_string(record.index));
  return id;
}

}  // namespace wenming::events
