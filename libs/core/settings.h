#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wenming::core {

/// Every setting of the program: declared in code with its default, bounds and a sentence of help; given by flag
/// (`--set volunteer.daily_limit_minutes=600`), environment (`WENMING_VOLUNTEER_DAILY_LIMIT_MINUTES`) or TOML file
/// (`[volunteer] daily_limit_minutes = 600`), in this order of precedence.
///
/// Built once at start, on one thread: sources first, then every part of the program declares what it reads, then
/// `check` refuses what nobody declared. Declaring the same key twice with different defaults is a std::logic_error.
class Settings {
 public:
  /// Values from outside, the strongest first.
  enum class Source { Flag, Environment, File, Default };

  void give(Source source, std::string key, std::string text);
  /// Reads a TOML file; nested tables become dotted keys. Throws std::runtime_error naming file, line and reason.
  void read_file(const std::string& path);
  /// Takes `WENMING_…` variables; those of the client commands (`WENMING_URL`, `WENMING_TOKEN`, `WENMING_SAMPLES`) are
  /// not settings.
  void read_environment(const char* const* environment);

  std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t minimum, std::int64_t maximum,
                       std::string_view help);
  bool flag(std::string_view key, bool otherwise, std::string_view help);
  std::string text(std::string_view key, std::string_view otherwise, std::string_view help);
  std::vector<std::string> list(std::string_view key, std::vector<std::string> otherwise, std::string_view help);

  /// Every fault: values of the wrong type or out of bounds, unknown keys (with the nearest known one). Empty if sound.
  [[nodiscard]] std::vector<std::string> check() const;

  /// The settings in force as TOML, each with its help, default and where it came from; secrets are not printed.
  [[nodiscard]] std::string print() const;

 private:
  struct Given {
    Source source;
    std::string text;
  };
  struct Declared {
    std::string value, otherwise, help, bounds;
    Source source;
    bool quoted;
  };
  const Given* given(std::string_view key) const;
  Declared& declare(std::string_view key, std::string otherwise, std::string_view help, std::string bounds,
                    bool quoted);

  std::map<std::string, std::vector<Given>, std::less<>> given_;
  std::map<std::string, Declared, std::less<>> declared_;
  std::vector<std::string> faults_;
};

}  // namespace wenming::core
