#include "core/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "core/text.h"

namespace wenming::core {
namespace {

constexpr std::string_view kPrefix = "WENMING_";
constexpr std::array<std::string_view, 3> kOfClientCommands{"WENMING_URL", "WENMING_TOKEN", "WENMING_SAMPLES"};

/// `volunteer.daily_limit_minutes` → `WENMING_VOLUNTEER_DAILY_LIMIT_MINUTES`
std::string variable_name(std::string_view key) {
  std::string name(kPrefix);
  for (const char c : key) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

bool is_key(std::string_view key) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  return !key.empty() && std::all_of(key.begin(), key.end(), fits);
}

bool is_secret(std::string_view key) {
  const std::string_view last_word = key.substr(key.find_last_of("._") + 1);  // npos + 1 is 0: the whole key
  return last_word == "secret" || last_word == "password";
}

/// The table and the name in it: `volunteer` and `daily_limit_minutes`.
std::pair<std::string_view, std::string_view> split(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos) return {{}, key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

std::string toml_text(std::string_view text) {
  std::ostringstream out;
  out << toml::toml_formatter{toml::value<std::string>(std::string(text)), toml::format_flags::none};
  return out.str();
}

std::string toml_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + toml_text(item);
  return out + "]";
}

/// How many letters must be put in, taken out or changed to make one name of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

/// `a, b` → a and b; nothing → none.
std::vector<std::string> items_of(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trim(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::string toml_boolean(bool value) {
  return value ? "true" : "false";
}

std::string as_it_is(std::string_view key) {
  return std::string(key);
}

}  // namespace

/// Walks the tables of a file.
class Settings::FileReader {
 public:
  FileReader(Settings& settings, const std::string& path) : settings_(settings), path_(path) {}

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      if (const toml::table* inner = node.as_table()) {
        read(*inner, key + '.');
      } else {
        settings_.keep(key, given(node));
      }
    }
  }

 private:
  [[nodiscard]] Given given(const toml::node& node) const {
    Given given{Source::File, Form::Other, {}, {}, fmt::format("{}, line {}", path_, node.source().begin.line)};
    if (const auto* text = node.as_string()) {
      given.form = Form::Quoted;
      given.text = text->get();
    } else if (const auto* number = node.as_integer()) {
      given.form = Form::Bare;
      given.text = std::to_string(number->get());
    } else if (const auto* truth = node.as_boolean()) {
      given.form = Form::Bare;
      given.text = toml_boolean(truth->get());
    } else if (const auto* array = node.as_array(); array && (array->empty() || array->is_homogeneous<std::string>())) {
      given.form = Form::List;
      for (const auto& item : *array) given.items.push_back(item.as_string()->get());
    }
    return given;
  }

  Settings& settings_;
  const std::string& path_;
};

void Settings::give(Source source, std::string_view key, std::string text) {
  Given given{source, Form::Open, std::move(text), {}, "the command line"};
  if (source == Source::Environment) {
    given.origin = variable_name(key);
    variables_.insert_or_assign(given.origin, given);
  } else {
    if (source == Source::File) given.origin = "a file";
    keep(std::string(key), std::move(given));
  }
}

void Settings::keep(std::string key, Given given) {
  auto& all = given_[std::move(key)];
  std::erase_if(all, [&](const Given& earlier) { return earlier.source == given.source; });
  all.push_back(std::move(given));
}

void Settings::read_file(const std::string& path) {
  try {
    FileReader(*this, path).read(toml::parse_file(path), "");
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    const std::string where = line == 0 ? path : fmt::format("{}, line {}", path, line);
    throw std::runtime_error(fmt::format("{}: {}", where, error.description()));
  }
}

void Settings::read_environment(const char* const* environment) {
  for (; *environment; ++environment) {
    const std::string_view entry(*environment);
    const std::size_t equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    const std::string name(entry.substr(0, equals));
    if (std::find(kOfClientCommands.begin(), kOfClientCommands.end(), name) != kOfClientCommands.end()) continue;
    variables_.insert_or_assign(
        name, Given{Source::Environment, Form::Open, std::string(entry.substr(equals + 1)), {}, name});
  }
}

const Settings::Given* Settings::strongest(std::string_view key) const {
  const auto found = given_.find(key);
  const auto from = [&](Source source) -> const Given* {
    if (found == given_.end()) return nullptr;
    const auto match = std::find_if(found->second.begin(), found->second.end(),
                                    [&](const Given& given) { return given.source == source; });
    return match == found->second.end() ? nullptr : &*match;
  };
  if (const Given* given = from(Source::Flag)) return given;
  if (const auto variable = variables_.find(variable_name(key)); variable != variables_.end()) return &variable->second;
  return from(Source::File);
}

void Settings::declare(std::string_view key, const std::string& otherwise, const std::string& kind,
                       std::string_view help, const Read& read, Holds holds) {
  if (!is_key(key)) throw std::logic_error(fmt::format("`{}` is no key of a setting", key));
  const auto [variable, new_variable] = variable_of_.emplace(variable_name(key), key);
  if (variable->second != key) {
    throw std::logic_error(fmt::format("{} would mean both {} and {}", variable->first, variable->second, key));
  }
  const auto [position, first_time] =
      declared_.emplace(key, Declared{otherwise, otherwise, kind, std::string(help), {}, {}});
  Declared& declared = position->second;
  if (!first_time && (declared.otherwise != otherwise || declared.kind != kind)) {
    throw std::logic_error(fmt::format("{} is declared twice, on different terms", key));
  }

  const Given* given = strongest(key);
  if (!given) return;
  if (given->form != Form::Other && is_utf8(given->text) && read(*given, declared.value)) {
    declared.origin = given->origin;
    if (holds == Holds::PerhapsASecret) {
      if (const std::string rest = without_secrets(given->text); rest != given->text) declared.shown = rest;
    }
  } else if (first_time) {
    const bool shown =
        given->form != Form::List && given->form != Form::Other && !is_secret(key) && holds == Holds::NoSecret;
    faults_.push_back(fmt::format("{} ({}): {} is not {}", key, given->origin,
                                  shown ? '`' + with_replacements(given->text) + '`' : "the value", declared.kind));
  }
}

std::int64_t Settings::integer(std::string_view key, std::int64_t otherwise, std::int64_t minimum, std::int64_t maximum,
                               std::string_view help) {
  if (otherwise < minimum || otherwise > maximum) {
    throw std::logic_error(fmt::format("the default of {} is out of its bounds", key));
  }
  std::int64_t value = otherwise;
  declare(key, std::to_string(otherwise), fmt::format("a whole number from {} to {}", minimum, maximum), help,
          [&](const Given& given, std::string& toml) {
            if (given.form != Form::Open && given.form != Form::Bare) return false;
            std::int64_t number = 0;
            const char* const end = given.text.data() + given.text.size();
            const auto [rest, error] = std::from_chars(given.text.data(), end, number);
            if (error != std::errc() || rest != end || number < minimum || number > maximum) return false;
            value = number;
            toml = std::to_string(number);
            return true;
          });
  return value;
}

bool Settings::flag(std::string_view key, bool otherwise, std::string_view help) {
  bool value = otherwise;
  declare(key, toml_boolean(otherwise), "true or false", help, [&](const Given& given, std::string& toml) {
    if (given.form != Form::Open && given.form != Form::Bare) return false;
    if (given.text != "true" && given.text != "false") return false;
    value = given.text == "true";
    toml = given.text;
    return true;
  });
  return value;
}

std::string Settings::text_of_kind(std::string_view key, std::string_view otherwise, const std::string& kind,
                                   std::string_view help, const std::function<bool(std::string_view)>& allowed,
                                   Holds holds) {
  std::string value(otherwise);
  declare(
      key, toml_text(otherwise), kind, help,
      [&](const Given& given, std::string& toml) {
        if (given.form != Form::Open && given.form != Form::Quoted) return false;
        if (!allowed(given.text)) return false;
        value = given.text;
        toml = toml_text(value);
        return true;
      },
      holds);
  return value;
}

std::string Settings::text(std::string_view key, std::string_view otherwise, std::string_view help) {
  return text_of_kind(key, otherwise, "text in quotes", help, [](std::string_view) { return true; });
}

std::string Settings::choice(std::string_view key, std::string_view otherwise,
                             std::initializer_list<std::string_view> choices, std::string_view help) {
  const auto allowed = [&](std::string_view text) {
    return std::find(choices.begin(), choices.end(), text) != choices.end();
  };
  if (!allowed(otherwise)) throw std::logic_error(fmt::format("the default of {} is none of its choices", key));
  return text_of_kind(key, otherwise, fmt::format("one of \"{}\"", fmt::join(choices, "\", \"")), help, allowed);
}

std::vector<std::string> Settings::list(std::string_view key, const std::vector<std::string>& otherwise,
                                        std::string_view help) {
  std::vector<std::string> value = otherwise;
  declare(key, toml_list(otherwise), "a list of texts", help, [&](const Given& given, std::string& toml) {
    if (given.form != Form::Open && given.form != Form::List) return false;
    value = given.form == Form::List ? given.items : items_of(given.text);
    toml = toml_list(value);
    return true;
  });
  return value;
}

/// ` (did you mean …?)` with the declared key whose spelling comes nearest, if one comes near.
std::string Settings::nearest(std::string_view name, const std::function<std::string(std::string_view)>& spelt) const {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 2) + 1;
  for (const auto& [key, declared] : declared_) {
    std::string candidate = spelt(key);
    const std::size_t candidate_distance = distance(name, candidate);
    if (candidate_distance >= best_distance) continue;
    best_distance = candidate_distance;
    best = std::move(candidate);
  }
  return best.empty() ? "" : fmt::format("; did you mean {}?", best);
}

std::vector<std::string> Settings::check() const {
  std::vector<std::string> faults = faults_;
  for (const auto& [key, all] : given_) {
    if (declared_.contains(key)) continue;
    for (const Given& given : all) {
      faults.push_back(fmt::format("{} ({}) is no setting{}", key, given.origin, nearest(key, as_it_is)));
    }
  }
  for (const auto& [name, given] : variables_) {
    if (variable_of_.contains(name)) continue;
    faults.push_back(fmt::format("{} is no setting{}", name, nearest(name, variable_name)));
  }
  return faults;
}

std::string Settings::print() const {
  // By table, because TOML takes each table once; what belongs to none comes first.
  std::map<std::string_view, std::vector<const decltype(declared_)::value_type*>> tables;
  for (const auto& entry : declared_) tables[split(entry.first).first].push_back(&entry);

  std::string out;
  for (const auto& [table, entries] : tables) {
    if (!table.empty()) out += fmt::format("[{}]\n", table);
    for (const auto* entry : entries) {
      const auto& [key, declared] = *entry;
      const std::string_view name = split(key).second;
      out += fmt::format("# {}\n# Takes {}. Default: {}. ", declared.help, declared.kind, declared.otherwise);
      out += declared.origin.empty() ? "Not changed.\n" : fmt::format("Set by {}.\n", declared.origin);
      if (is_secret(key)) {
        out += fmt::format("# {} is secret\n", name);
      } else if (!declared.shown.empty()) {
        // No setting any more: read back, it would be a wrong password.
        out += fmt::format("# {} = {} with what is secret\n", name, toml_text(declared.shown));
      } else {
        out += fmt::format("{} = {}\n", name, declared.value);
      }
    }
    out += '\n';
  }
  return out;
}

namespace {

constexpr std::string_view kHidden = "***";

/// `sasl.password`, `sslpassword`, `ssl.key.pem`, `sasl.oauthbearer.client.secret` …
bool speaks_of_secret(std::string_view name) {
  std::string small(name);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  // A name with a letter written as `%70` may be any name.
  constexpr std::array<std::string_view, 6> kWords{"passw", "secret", ".pem", "ssl_key", "bearer.config", "%"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

/// `//user:password@host` → `//user:***@host`. A password with an `@`, a `/` or a `?` that should have been encoded is
/// hidden too.
std::string without_password(std::string_view url) {
  const std::size_t authority = url.find("//");
  const std::size_t at = url.rfind('@');
  if (authority == std::string_view::npos || at == std::string_view::npos) return std::string(url);
  const std::size_t colon = url.find(':', authority);
  if (colon >= at) return std::string(url);
  return fmt::format("{}:{}{}", url.substr(0, colon), kHidden, url.substr(at));
}

std::string without_secret(std::string_view pair) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos || !speaks_of_secret(pair.substr(0, equals))) return without_password(pair);
  return fmt::format("{}={}", pair.substr(0, equals), kHidden);
}

}  // namespace

std::string without_secrets(std::string_view text) {
  const bool is_url = text.find("://") < text.find('=');
  const std::string_view separators = is_url ? "?&" : ";";
  const std::string whole = is_url ? without_password(text) : std::string(text);
  std::string out;
  for (std::size_t from = 0; from < whole.size();) {
    const std::size_t end = std::min(whole.find_first_of(separators, from), whole.size());
    out += without_secret(std::string_view(whole).substr(from, end - from));
    out += whole.substr(end, 1);
    from = end + 1;
  }
  return out;
}

}  // namespace wenming::core
