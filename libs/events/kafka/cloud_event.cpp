#include "events/kafka/cloud_event.h"

#include <fmt/format.h>

#include <charconv>

#include "core/time.h"
#include "events/handlers.h"

namespace wenming::events::kafka {
namespace {

// `<sequence>.<index>`, each of fixed length.
constexpr std::size_t kSequenceDigits = 19;
constexpr std::size_t kIndexDigits = 5;

void add(rd_kafka_headers_t& headers, const char* name, std::string_view value) {
  rd_kafka_header_add(&headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
}

std::optional<std::string_view> header(const rd_kafka_headers_t* headers, const char* name) {
  const void* value = nullptr;
  std::size_t size = 0;
  if (headers == nullptr || rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::nullopt;
  return std::string_view(static_cast<const char*>(value), size);
}

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

rd_kafka_headers_t* make_headers(const Record& event) {
  rd_kafka_headers_t* const headers = rd_kafka_headers_new(10);
  add(*headers, "content-type", "application/protobuf");
  add(*headers, "ce_specversion", "1.0");
  add(*headers, "ce_id", id_of(event));
  add(*headers, "ce_source", fmt::format("/wenming/{}/{}", event.source, event.epoch));
  add(*headers, "ce_type", event.type);
  add(*headers, "ce_subject", event.key);
  add(*headers, "ce_time", core::to_rfc3339(event.time, core::UtcOffset()));
  add(*headers, "ce_sequence",
      fmt::format("{:0{}}.{:0{}}", event.sequence, kSequenceDigits, event.index, kIndexDigits));
  add(*headers, "ce_hops", fmt::format("{}", event.hops));
  if (!event.traceparent.empty()) add(*headers, "ce_traceparent", event.traceparent);
  return headers;
}

std::optional<Record> read_record(const rd_kafka_message_t& message, std::string_view service,
                                  std::set<std::string, std::less<>>& names) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  const auto type = header(headers, "ce_type");
  const auto source = header(headers, "ce_source");
  const auto sequence = header(headers, "ce_sequence");
  const auto time = header(headers, "ce_time");
  const auto hops = header(headers, "ce_hops");
  if (!type || !source || !sequence || !time || !hops) return std::nullopt;

  Record record;
  const std::string prefix = fmt::format("/wenming/{}/", service);
  if (!source->starts_with(prefix)) return std::nullopt;
  record.source = service;
  record.epoch = *names.emplace(source->substr(prefix.size())).first;
  record.type = *type;
  const auto moment = core::parse_rfc3339(*time);
  if (!moment || sequence->size() != kSequenceDigits + 1 + kIndexDigits || !parse(*hops, record.hops) ||
      !parse(sequence->substr(0, kSequenceDigits), record.sequence) ||
      !parse(sequence->substr(kSequenceDigits + 1), record.index))
    return std::nullopt;
  record.time = *moment;
  record.traceparent = header(headers, "ce_traceparent").value_or(std::string_view());
  record.key.assign(static_cast<const char*>(message.key), message.key_len);
  record.payload.assign(static_cast<const char*>(message.payload), message.len);
  record.position = message.offset + 1;
  return record;
}

}  // namespace wenming::events::kafka
