#include "contract/routes.h"

#include <algorithm>
#include <stdexcept>

#include "core/text.h"

namespace wenming::contract {
namespace {

struct Segment {
  std::string_view text;  // without braces, ending and action
  bool is_field = false;
  std::string_view ending;  // of the last one: the field behind its dot
  std::string_view action;  // of the last one
};

/// `{name}` → `name`; false, with nothing changed, for anything else.
bool strip_braces(std::string_view& text) {
  if (text.size() < 2 || !text.starts_with('{') || !text.ends_with('}')) return false;
  text = text.substr(1, text.size() - 2);
  return true;
}

std::vector<Segment> segments_of(std::string_view path) {
  const auto fail = [&](const char* why) { throw std::invalid_argument("path `" + std::string(path) + "` " + why); };
  if (!path.starts_with('/')) fail("does not begin with `/`");
  std::vector<Segment> segments;
  for (std::string_view rest = path; !rest.empty();) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    Segment segment;
    segment.text = rest.substr(0, end);
    rest.remove_prefix(end);
    if (const std::size_t colon = segment.text.find(':'); colon != std::string_view::npos) {
      segment.action = segment.text.substr(colon + 1);
      segment.text = segment.text.substr(0, colon);
      if (!rest.empty() || segment.action.empty()) fail("has an action that does not end it");
    }
    if (const std::size_t dot = segment.text.find(".{"); dot != std::string_view::npos) {
      segment.ending = segment.text.substr(dot + 1);
      segment.text = segment.text.substr(0, dot);
      if (!strip_braces(segment.ending) || segment.ending.empty()) fail("has an ending that is no {field}");
      if (!rest.empty() || !segment.action.empty()) fail("has an ending that does not end it");
    }
    segment.is_field = strip_braces(segment.text);
    if (segment.text.empty()) fail("has an empty segment");
    if (segment.text.find_first_of("{}%?#*") != std::string_view::npos ||
        segment.ending.find_first_of("{}%?#*") != std::string_view::npos)
      fail("has a segment that is neither a word nor a {field}");
    segments.push_back(segment);
  }
  return segments;
}

}  // namespace

struct Routes::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> words;
  std::map<std::string, std::unique_ptr<Node>, std::less<>> actions;
  std::unique_ptr<Node> field;
  std::unique_ptr<Node> ending;  // what lies behind the dot of this last segment
  std::vector<const Method*> methods;

  [[nodiscard]] const Method* method(Verb verb) const {
    const auto found = std::find_if(methods.begin(), methods.end(), [&](const Method* m) { return m->verb == verb; });
    return found == methods.end() ? nullptr : *found;
  }
};

Routes::Routes() : root_(std::make_unique<Node>()) {}
Routes::~Routes() = default;

void Routes::add(const Method& method) {
  const auto below = [](std::unique_ptr<Node>& place) -> Node* {
    if (!place) place = std::make_unique<Node>();
    return place.get();
  };
  Node* node = root_.get();
  for (const Segment& segment : segments_of(method.path)) {
    node = below(segment.is_field ? node->field : node->words[std::string(segment.text)]);
    if (!segment.action.empty()) node = below(node->actions[std::string(segment.action)]);
    if (!segment.ending.empty()) node = below(node->ending);
  }
  if (const Method* other = node->method(method.verb)) {
    throw std::invalid_argument("path `" + method.path + "` is that of " + other->descriptor->full_name() + " already");
  }
  node->methods.push_back(&method);
}

Contract::Match Routes::match(Verb verb, std::string_view path) const {
  Contract::Match match;
  if (!path.starts_with('/')) return match;
  Values values;
  const Node* node = find(*root_, path.substr(1), values);
  if (node == nullptr) return match;

  const Method* method = node->method(verb == Verb::Head ? Verb::Get : verb);
  if (method == nullptr) {
    for (const Method* other : node->methods) {
      match.allowed.push_back(other->verb);
      if (other->verb == Verb::Get) match.allowed.push_back(Verb::Head);
    }
    return match;
  }
  match.path_fields.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string value;
    if (!decode_percent(values[i], false, value)) return {};
    match.path_fields.emplace_back(method->path_fields[i]->name(), std::move(value));
  }
  match.method = method;
  return match;
}

const Routes::Node* Routes::find(const Node& node, std::string_view path, Values& values) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return find_last(node, path, values);

  const std::string_view segment = path.substr(0, slash);
  const std::string_view rest = path.substr(slash + 1);
  if (const auto word = node.words.find(segment); word != node.words.end()) {
    if (const Node* found = find(*word->second, rest, values)) return found;
  }
  if (!node.field || segment.empty()) return nullptr;
  values.push_back(segment);
  const Node* found = find(*node.field, rest, values);
  if (found == nullptr) values.pop_back();
  return found;
}

const Routes::Node* Routes::find_last(const Node& node, std::string_view segment, Values& values) {
  const std::size_t colon = segment.rfind(':');
  const std::string_view name = segment.substr(0, colon);
  const auto end_at = [&](const Node* place) -> const Node* {
    if (place == nullptr) return nullptr;
    if (colon != std::string_view::npos) {
      const auto action = place->actions.find(segment.substr(colon + 1));
      place = action == place->actions.end() ? nullptr : action->second.get();
    }
    return place == nullptr || place->methods.empty() ? nullptr : place;
  };
  const auto word = node.words.find(name);
  if (const Node* found = end_at(word == node.words.end() ? nullptr : word->second.get())) return found;
  if (const Node* found = colon == std::string_view::npos ? find_ending(node, segment, values) : nullptr) return found;
  const Node* found = name.empty() ? nullptr : end_at(node.field.get());
  if (found != nullptr) values.push_back(name);
  return found;
}

const Routes::Node* Routes::find_ending(const Node& node, std::string_view segment, Values& values) {
  const std::size_t dot = segment.rfind('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == segment.size()) return nullptr;
  const std::string_view name = segment.substr(0, dot);
  const auto word = node.words.find(name);
  const Node* found = word == node.words.end() ? nullptr : word->second->ending.get();
  if (found == nullptr && node.field) {
    found = node.field->ending.get();
    if (found != nullptr) values.push_back(name);
  }
  if (found != nullptr) values.push_back(segment.substr(dot + 1));
  return found;
}

std::vector<std::string> Routes::fields_of(std::string_view path) {
  std::vector<std::string> names;
  for (const Segment& segment : segments_of(path)) {
    if (segment.is_field) names.emplace_back(segment.text);
    if (!segment.ending.empty()) names.emplace_back(segment.ending);
  }
  return names;
}

bool decode_percent(std::string_view text, bool plus_is_space, std::string& out) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return false;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return core::is_utf8(out);
}

}  // namespace wenming::contract
