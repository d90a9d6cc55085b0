#include "tables/workbook.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "domain/refusal.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;

constexpr std::size_t kMostSheets = 1000;
constexpr std::size_t kMostStyles = 100'000;
constexpr std::size_t kMostTexts = 5'000'000;
constexpr std::size_t kMostTextBytes = std::size_t{1} << 20;  // more than any cell may have, which is then seen

/// `xl/` and `worksheets/sheet1.xml`, or `/xl/worksheets/sheet1.xml`: the part that a relation leads to.
std::string resolved(std::string_view folder, std::string_view target) {
  std::string part(target.starts_with('/') ? target.substr(1) : std::string(folder).append(target));
  for (std::size_t up = part.find("/../"); up != std::string::npos; up = part.find("/../")) {
    const std::size_t before = up == 0 ? std::string::npos : part.rfind('/', up - 1);
    part.erase(before == std::string::npos ? 0 : before + 1, up + 4 - (before == std::string::npos ? 0 : before + 1));
  }
  return part;
}

std::string folder_of(std::string_view part) {
  const std::size_t slash = part.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : part.substr(0, slash + 1));
}

/// What a part is related to.
class Relations final : public XmlHandler {
 public:
  Relations(Source& source, const std::string& of, std::uint64_t most_bytes) : folder_(folder_of(of)) {
    read_part(source, folder_ + "_rels/" + of.substr(folder_.size()) + ".rels", most_bytes, *this);
  }
  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "Relationship" || entries_.size() >= kMostSheets) return;
    entries_.push_back({std::string(attributes.get("Id")), std::string(attributes.get("Type")),
                        resolved(folder_, attributes.get("Target"))});
  }
  void end(std::string_view /*name*/) override {}
  void text(std::string_view /*run*/) override {}

  /// Types differ in their beginning between the two standards of workbooks.
  [[nodiscard]] std::optional<std::string> of_type(std::string_view type) const {
    for (const Entry& entry : entries_)
      if (entry.type.ends_with(type)) return entry.part;
    return std::nullopt;
  }
  [[nodiscard]] std::string by_id(std::string_view id) const {
    for (const Entry& entry : entries_)
      if (entry.id == id) return entry.part;
    return {};
  }

 private:
  struct Entry {
    std::string id, type, part;
  };
  std::string folder_;
  std::vector<Entry> entries_;
};

/// `workbook.xml`.
class SheetList final : public XmlHandler {
 public:
  struct Entry {
    std::string name, relation;
    bool hidden;
  };
  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "workbookPr") {
      const std::string_view flag = attributes.get("date1904");
      from_1904 = flag == "1" || flag == "true";
    } else if (name == "sheet" && entries.size() < kMostSheets) {
      const std::string_view state = attributes.get("state");
      entries.push_back({std::string(attributes.get("name")), std::string(attributes.get("id")),
                         state == "hidden" || state == "veryHidden"});
    }
  }
  void end(std::string_view /*name*/) override {}
  void text(std::string_view /*run*/) override {}

  std::vector<Entry> entries;
  bool from_1904 = false;
};

/// `styles.xml`: which style shows numbers how.
class Styles final : public XmlHandler {
 public:
  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "cellXfs") inside_ = true;
    if (name == "numFmt" && custom_.size() < kMostStyles) {
      custom_[number_or(attributes.get("numFmtId"), 0)] = NumberFormat::custom(attributes.get("formatCode"));
    } else if (name == "xf" && inside_ && formats.size() < kMostStyles) {
      const std::size_t id = number_or(attributes.get("numFmtId"), 0);
      const auto custom = custom_.find(id);
      formats.push_back(custom != custom_.end() ? custom->second : NumberFormat::builtin(static_cast<int>(id)));
    }
  }
  void end(std::string_view name) override {
    if (name == "cellXfs") inside_ = false;
  }
  void text(std::string_view /*run*/) override {}

  std::vector<NumberFormat> formats;

 private:
  bool inside_ = false;
  std::map<std::size_t, NumberFormat> custom_;
};

/// `sharedStrings.xml`: an `si` per text, in runs of `t`; those in `rPh` say how to pronounce it.
class Texts final : public XmlHandler {
 public:
  explicit Texts(TextStore& store) : store_(store) {}
  void start(std::string_view name, const XmlAttributes& /*attributes*/) override {
    if (name == "si") text_.clear();
    if (name == "rPh") pronunciation_ = true;
    if (name == "t") inside_ = true;
  }
  void end(std::string_view name) override {
    if (name == "t") inside_ = false;
    if (name == "rPh") pronunciation_ = false;
    if (name != "si") return;
    if (store_.size() == kMostTexts) throw domain::Refusal(v1::PROBLEM_TABLE_DAMAGED);
    std::string plain;
    append_unescaped(plain, text_);
    store_.add(plain);
  }
  void text(std::string_view run) override {
    if (inside_ && !pronunciation_ && text_.size() + run.size() <= kMostTextBytes) text_ += run;
  }

 private:
  TextStore& store_;
  std::string text_;
  bool inside_ = false, pronunciation_ = false;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The number of `_x000D_` at the beginning of the text.
std::optional<unsigned> escaped_character(std::string_view text) {
  if (text.size() < 7 || text[1] != 'x' || text[6] != '_') return std::nullopt;
  unsigned code = 0;
  for (const char c : text.substr(2, 4)) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    code = code << 4 | static_cast<unsigned>(digit);
  }
  return code;
}

}  // namespace

Workbook::Workbook(Source& source, std::uint64_t most_bytes) {
  const Relations package(source, {}, most_bytes);
  const auto book = package.of_type("/officeDocument");
  if (!book) throw domain::Refusal(v1::PROBLEM_TABLE_DAMAGED);
  SheetList list;
  // A binary workbook (.xlsb) has no such text.
  if (!read_part(source, *book, most_bytes, list)) throw domain::Refusal(v1::PROBLEM_TABLE_DAMAGED);
  from_1904_ = list.from_1904;

  const Relations relations(source, *book, most_bytes);
  for (SheetList::Entry& entry : list.entries) {
    sheets_.push_back({std::move(entry.name), relations.by_id(entry.relation), entry.hidden});
  }
  if (const auto part = relations.of_type("/styles")) {
    Styles styles;
    read_part(source, *part, most_bytes, styles);
    formats_ = std::move(styles.formats);
  }
  if (const auto part = relations.of_type("/sharedStrings")) {
    Texts texts(texts_);
    read_part(source, *part, most_bytes, texts);
  }
  texts_.finish();
}

const Workbook::Sheet& Workbook::sheet(const std::string& name) const {
  const auto found = std::find_if(sheets_.begin(), sheets_.end(), [&](const Sheet& sheet) {
    return name.empty() ? !sheet.hidden : sheet.name == name;
  });
  if (found != sheets_.end()) return *found;
  if (name.empty()) throw domain::Refusal(v1::PROBLEM_TABLE_DAMAGED);
  std::string names;
  for (const Sheet& sheet : sheets_) names += (names.empty() ? "" : ", ") + sheet.name;
  throw domain::Refusal(v1::PROBLEM_TABLE_SHEET, {{"sheet", name}, {"sheets", names}});
}

bool read_part(Source& source, std::string_view part, std::uint64_t most_bytes, XmlHandler& handler) {
  const auto bytes = ZipPart::open(source, part, most_bytes);
  if (!bytes) return false;
  XmlParser parser(handler);
  for (std::string_view block = bytes->next(); !block.empty(); block = bytes->next()) parser.feed(block);
  parser.finish();
  return true;
}

std::size_t number_or(std::string_view text, std::size_t otherwise) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

void append_unescaped(std::string& text, std::string_view escaped) {
  while (!escaped.empty()) {
    const std::size_t mark = std::min(escaped.find('_'), escaped.size());
    text += escaped.substr(0, mark);
    escaped.remove_prefix(mark);
    if (escaped.empty()) return;
    const auto code = escaped_character(escaped);
    // What lies beyond ASCII needs no such form, except by those who mean the letters.
    const bool is_character = code && *code != 0 && *code < 0x80;
    if (is_character) text += static_cast<char>(*code);
    if (!is_character) text += '_';
    escaped.remove_prefix(is_character ? 7 : 1);
  }
}

}  // namespace wenming::tables
