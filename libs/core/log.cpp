#include "core/log.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <mutex>
#include <string>

#include "core/clock.h"
#include "core/settings.h"
#include "core/text.h"

namespace wenming::core::log {
namespace {

using spdlog::level::level_enum;

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};

level_enum spdlog_level(Level level) {
  constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  return kLevels[static_cast<std::size_t>(level)];
}

std::string_view name_of(level_enum level) {
  if (level <= spdlog::level::debug) return "debug";
  if (level == spdlog::level::info) return "info";
  return level == spdlog::level::warn ? "warning" : "error";
}

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void write_string(JsonWriter& json, std::string_view text) {
  const std::string sound = is_utf8(text) ? std::string() : with_replacements(text);
  const std::string_view written = sound.empty() ? text : std::string_view(sound);
  json.String(written.data() ? written.data() : "", static_cast<rapidjson::SizeType>(written.size()));
}

void write_value(JsonWriter& json, const Field::Value& value) {
  struct Visitor {
    JsonWriter& json;
    void operator()(bool v) const { json.Bool(v); }
    void operator()(std::int64_t v) const { json.Int64(v); }
    void operator()(std::uint64_t v) const { json.Uint64(v); }
    void operator()(double v) const { std::isfinite(v) ? json.Double(v) : json.Null(); }
    void operator()(std::string_view v) const { write_string(json, v); }
  };
  std::visit(Visitor{json}, value);
}

/// A text as it stands if it is one plain word, else as a JSON string, which has no line breaks.
void append_word(std::string& line, const Field::Value& value) {
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '=' && c != '\\' && c != '\x7f';
  };
  const auto* text = std::get_if<std::string_view>(&value);
  if (text && !text->empty() && is_utf8(*text) && std::all_of(text->begin(), text->end(), plain)) {
    line += *text;
    return;
  }
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  write_value(json, value);
  line.append(buffer.GetString(), buffer.GetSize());
}

/// A message as it stands, except for what would break the line.
void append_message(std::string& line, std::string_view message) {
  for (const char c : with_replacements(message)) {
    const bool control = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    line += control ? ' ' : c;
  }
}

void append_event(std::string& line, std::string_view message, Fields fields) {
  append_message(line, message);
  for (const Field& field : fields) {
    line += ' ';
    line += field.name();
    line += '=';
    append_word(line, field.value());
  }
}

std::string text_line(std::string_view time, level_enum level, std::string_view message, Fields fields) {
  std::string line(time);
  line += ' ';
  line += name_of(level);
  line.append(8 - name_of(level).size(), ' ');
  append_event(line, message, fields);
  line += '\n';
  return line;
}

std::string json_line(std::string_view time, level_enum level, std::string_view message, Fields fields) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  json.Key("time");
  write_string(json, time);
  json.Key("level");
  write_string(json, name_of(level));
  json.Key("message");
  write_string(json, message);
  for (const Field& field : fields) {
    write_string(json, field.name());
    write_value(json, field.value());
  }
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + '\n';
}

/// Writes events with their fields, which spdlog's own messages do not have.
class FieldSink final : public spdlog::sinks::sink {
 public:
  FieldSink(const Options& options, std::ostream& stream) : options_(options), stream_(stream) {}

  void write(level_enum level, std::string_view message, Fields fields) {
    const std::string time = to_rfc3339(SystemClock().now(), options_.offset);
    const auto line = options_.format == Format::Json ? json_line : text_line;
    const std::string text = line(time, level, message, fields);
    const std::lock_guard lock(mutex_);
    stream_.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream_.flush();
  }

  void log(const spdlog::details::log_msg& event) override {
    write(event.level, {event.payload.data(), event.payload.size()}, {});
  }
  void flush() override {}  // every line is flushed at once

  // The form of the lines is given by the options alone.
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  const Options options_;
  std::ostream& stream_;
  std::mutex mutex_;
};

void write(level_enum level, std::string_view message, Fields fields) {
  const auto logger = spdlog::default_logger();
  if (!logger || !logger->should_log(level)) return;
  for (const auto& sink : logger->sinks()) {
    if (!sink->should_log(level)) continue;
    if (auto* const with_fields = dynamic_cast<FieldSink*>(sink.get())) {
      with_fields->write(level, message, fields);
    } else {
      // Before `set_up`, and in tests that listen with a sink of their own.
      std::string text;
      append_event(text, message, fields);
      sink->log({logger->name(), level, text});
    }
  }
}

}  // namespace

Options options(Settings& settings) {
  Options options;
  const std::string format =
      settings.choice("log.format", "text", {"text", "json"},
                      "Form of the log lines on standard error: text for people, json for machines.");
  const std::string level = settings.choice("log.level", "info", {"debug", "info", "warning", "error"},
                                            "What is logged: this level and those above.");
  options.format = format == "json" ? Format::Json : Format::Text;
  options.level = static_cast<Level>(std::find(kLevelNames.begin(), kLevelNames.end(), level) - kLevelNames.begin());
  return options;
}

std::shared_ptr<spdlog::sinks::sink> make_sink(const Options& options, std::ostream& stream) {
  return std::make_shared<FieldSink>(options, stream);
}

void set_up(const Options& options) {
  auto logger = std::make_shared<spdlog::logger>("wenming", make_sink(options, std::cerr));
  logger->set_level(spdlog_level(options.level));
  spdlog::set_default_logger(std::move(logger));
}

void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
  write(spdlog::level::info, message, fields);
}
void warning(std::string_view message, Fields fields) {
  write(spdlog::level::warn, message, fields);
}
void error(std::string_view message, Fields fields) {
  write(spdlog::level::err, message, fields);
}

}  // namespace wenming::core::log
