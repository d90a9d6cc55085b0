#pragma once

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace wenming::contract {

/// Writes a JSON document for people to read and compare, two spaces a level, members in the order in which they come:
///
///     document.object([&] {
///       document.member("openapi", "3.1.0");
///       document.array("tags", [&] { document.value("volunteer"); });
///     });
///
/// For documents that are made once; answers are written by write_json.
class JsonDocument {
 public:
  JsonDocument() : writer_(buffer_) { writer_.SetIndent(' ', 2); }

  [[nodiscard]] std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

  template <class Members>
  void object(Members&& members) {
    writer_.StartObject();
    members();
    writer_.EndObject();
  }
  template <class Members>
  void object(std::string_view name, Members&& members) {
    key(name);
    object(std::forward<Members>(members));
  }
  template <class Elements>
  void array(std::string_view name, Elements&& elements) {
    key(name);
    writer_.StartArray();
    elements();
    writer_.EndArray();
  }

  void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
  void value(std::string_view text) { writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(std::same_as<bool> auto flag) { writer_.Bool(flag); }
  void value(std::integral auto number) requires(!std::same_as<decltype(number), bool>) {
    writer_.Int64(static_cast<std::int64_t>(number));
  }
  void value(double number) {
    const auto whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) == number) {
      writer_.Int64(whole);
    } else {
      writer_.Double(number);
    }
  }
  /// JSON that stands ready.
  void raw(std::string_view json) { writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType); }

  template <class Value>
  void member(std::string_view name, const Value& content) {
    key(name);
    value(content);
  }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_;
};

}  // namespace wenming::contract
