#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "events/event_source.h"

namespace wenming::events::kafka {

/// Headers of a record, in the binary mode of CloudEvents 1.0's Kafka binding: attributes are headers named `ce_…`, the
/// value of the record is the event itself. Attributes beside the standard ones: `sequence` (of the command, then the
/// event's place in it; texts of fixed length, ordered as the events are), `hops` (see Record) and `traceparent`.
rd_kafka_headers_t* make_headers(const Record& event);

/// What a consumed record says. `names` owns the texts that the event borrows. Nullopt: not written by this system.
std::optional<Record> read_record(const rd_kafka_message_t& message, std::string_view service,
                                  std::set<std::string, std::less<>>& names);

}  // namespace wenming::events::kafka
