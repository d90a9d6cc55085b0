#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wenming::core {

/// Every setting of the program: declared in code with its default, bounds and a sentence of help; given by flag
/// (`--set volunteer.daily_limit_minutes=600`), environment (`WENMING_VOLUNTEER_DAILY_LIMIT_MINUTES`) or TOML file
/// (`[volunteer] daily_limit_minutes = 600`), in this order of precedence. Keys are small letters, digits, `_` and `.`.
///
/// Built once at start, on one thread: sources first, then every part of the program declares what it reads (and gets
/// the default where the value given is faulty), then `check` names all faults and what nobody declared. Declaring the
/// same key twice with other terms, or two keys that one environment variable would mean, is a std::logic_error.
///
/// Settings whose last word is `secret` or `password` (`hotline.webhook_secret`) are secrets: their values appear
/// neither in `print` nor in faults. Those that name a file, such as `admin_password_file`, are not. A text that may
/// hold a secret among other things, such as a URL, says so where it is declared.
class Settings {
 public:
  /// Whether a secret may stand in a text. If so, faults do not repeat it, as nobody knows where in a faulty text the
  /// secret is, and `print` shows it `without_secrets`.
  enum class Holds { NoSecret, PerhapsASecret };

  /// Where values come from, the strongest first; where none comes from, the default stands.
  enum class Source { Flag, Environment, File };

  /// Gives a value as text, which is read as whatever the setting is; lists are separated by commas. The last one given
  /// for a key by one source counts.
  void give(Source source, std::string_view key, std::string text);
  /// Reads a TOML file; nested tables become dotted keys. Throws std::runtime_error naming file, line and reason.
  void read_file(const std::string& path);
  /// Takes the `WENMING_…` variables of a null-terminated `environ`. Those of the client commands (`WENMING_URL`,
  /// `WENMING_TOKEN`, `WENMING_SAMPLES`) are not settings.
  void read_environment(const char* const* environment);

  std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t minimum, std::int64_t maximum,
                       std::string_view help);
  bool flag(std::string_view key, bool otherwise, std::string_view help);
  std::string text(std::string_view key, std::string_view otherwise, std::string_view help);
  /// A text that is one of the choices.
  std::string choice(std::string_view key, std::string_view otherwise, std::initializer_list<std::string_view> choices,
                     std::string_view help);
  /// A text that `parse` takes; it throws std::invalid_argument for all others. `kind` says what it must be, as in
  /// "an address such as 127.0.0.1:8080".
  template <class Parse>
  auto parsed(std::string_view key, std::string_view otherwise, const std::string& kind, std::string_view help,
              Parse parse, Holds holds = Holds::NoSecret) {
    auto value = parse(otherwise);
    text_of_kind(
        key, otherwise, kind, help,
        [&](std::string_view text) {
          try {
            value = parse(text);
            return true;
          } catch (const std::invalid_argument&) {
            return false;
          }
        },
        holds);
    return value;
  }
  std::vector<std::string> list(std::string_view key, const std::vector<std::string>& otherwise, std::string_view help);

  /// Every fault: values of the wrong type or out of bounds, unknown keys (with the nearest known one). Empty if sound.
  [[nodiscard]] std::vector<std::string> check() const;

  /// The settings in force as TOML that `read_file` takes, each with its help, bounds, default and where it came from.
  [[nodiscard]] std::string print() const;

 private:
  /// How a value was written: a flag or a variable leaves its type open, a file does not.
  enum class Form { Open, Bare, Quoted, List, Other };
  struct Given {
    Source source;
    Form form;
    std::string text;
    std::vector<std::string> items;  // of Form::List
    std::string origin;              // for people: the variable's name, or file and line
  };
  struct Declared {
    std::string value;      // in force, as TOML
    std::string otherwise;  // the default, as TOML
    std::string kind;       // what the value must be: `a whole number from 1 to 1440`
    std::string help;
    std::string origin;  // empty: the default
    std::string shown;   // of a text with a secret in it: the rest; else empty
  };
  /// Reads a given value and writes it as TOML; false if it is not of the setting's kind.
  using Read = std::function<bool(const Given& given, std::string& value)>;
  class FileReader;

  void keep(std::string key, Given given);
  void declare(std::string_view key, const std::string& otherwise, const std::string& kind, std::string_view help,
               const Read& read, Holds holds = Holds::NoSecret);
  std::string text_of_kind(std::string_view key, std::string_view otherwise, const std::string& kind,
                           std::string_view help, const std::function<bool(std::string_view)>& allowed,
                           Holds holds = Holds::NoSecret);
  [[nodiscard]] const Given* strongest(std::string_view key) const;
  [[nodiscard]] std::string nearest(std::string_view name,
                                    const std::function<std::string(std::string_view)>& spelt) const;

  // By key; those of the environment by the variable's name, because whether `_` stands for `_` or for `.` is known
  // only once the key is declared.
  std::map<std::string, std::vector<Given>, std::less<>> given_;
  std::map<std::string, Given, std::less<>> variables_;
  std::map<std::string, Declared, std::less<>> declared_;
  std::map<std::string, std::string, std::less<>> variable_of_;  // names of variables → declared keys
  std::vector<std::string> faults_;
};

/// What anybody may see of a URL or of a list of NAME=VALUE: in the place of the password before an `@`, and of values
/// whose names speak of secrets, stands `***`.
std::string without_secrets(std::string_view text);

}  // namespace wenming::core
