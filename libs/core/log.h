#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <type_traits>
#include <variant>

#include "core/time.h"

namespace spdlog::sinks {
class sink;
}

namespace wenming::core {
class Settings;
}

namespace wenming::core::log {

// What the program says about itself, one line an event, on standard error: as text for people or as JSON for
// machines.
//
//     log::info("answered", {{"method", "GET"}, {"status", 200}});
//
//     2026-03-05T09:00:00.123+08:00 info    answered method=GET status=200
//     {"time":"2026-03-05T09:00:00.123+08:00","level":"info","message":"answered","method":"GET","status":200}
//
// The message is the same for all events of a kind, so that they can be counted; what differs goes into fields. No
// personal data, ever: no names, phone numbers, texts of cases, request bodies, passwords, tokens or keys. Ids are
// fine.
//
// Any thread may call. Nothing is thrown but std::bad_alloc. The one logger is spdlog's default logger, so its own
// functions write the same lines; whatever stands in a message or a field, an event stays one line.

enum class Format { Text, Json };
enum class Level { Debug, Info, Warning, Error };

struct Options {
  Format format = Format::Text;
  Level level = Level::Info;
  UtcOffset offset;  // of the times in front of the lines
};

/// Declares and reads `log.format` and `log.level`.
Options options(Settings& settings);

/// Makes the default logger write to standard error. Called once at start, before there are other threads.
void set_up(const Options& options);

/// Where the lines go; the stream must outlive it. For tests, and for `set_up`.
std::shared_ptr<spdlog::sinks::sink> make_sink(const Options& options, std::ostream& stream);

/// A name with a value, which is kept by reference: for the length of one call.
class Field {
 public:
  using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

  template <class T>
  Field(std::string_view name, const T& value) : name_(name), value_(value_of(value)) {}

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  template <class T>
  static Value value_of(const T& value) {
    if constexpr (std::same_as<T, bool>)
      return value;
    else if constexpr (std::floating_point<T>)
      return static_cast<double>(value);
    else if constexpr (std::signed_integral<T>)
      return static_cast<std::int64_t>(value);
    else if constexpr (std::unsigned_integral<T>)
      return static_cast<std::uint64_t>(value);
    else
      return std::string_view(value);
  }

  std::string_view name_;
  Value value_;
};

using Fields = std::initializer_list<Field>;

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace wenming::core::log
