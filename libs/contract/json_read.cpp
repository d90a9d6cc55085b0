#include <google/protobuf/field_mask.pb.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <bitset>
#include <string>

#include "contract/field_value.h"
#include "contract/json.h"
#include "contract/shape.h"
#include "core/text.h"

namespace wenming::contract {
namespace {

using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Numbers come as text, so that it is seen whether an integer was written as one. Besides, RapidJSON's own exact reader
// of doubles stumbles over `0e-72`.
constexpr unsigned kParseFlags = rapidjson::kParseNumbersAsStringsFlag;

/// An object that has been opened and not closed yet, and where in it the reader stands.
struct Level {
  Message* message;
  const Shape* shape;
  const FieldShape* field = nullptr;  // whose value comes next, or whose array is open
  bool in_array = false;
  std::size_t index = 0;                   // in that array
  std::bitset<Shape::kMaxFields> given{};  // by position in the shape
};

/// Takes RapidJSON's events. Values that cannot be used are counted against the bounds and passed over.
class Reader {
 public:
  Reader(Message& message, const ReadOptions& options) : root_(message), options_(options) { levels_.reserve(4); }

  std::vector<FieldError> take_errors() { return std::move(errors_); }

  // RapidJSON's handler: its names, and `true` for "go on".
  bool Null();
  bool Bool(bool value) {
    return scalar([&](FieldValue field) { return field.put_bool(value); });
  }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return scalar([&](FieldValue field) { return field.put_number({text, length}); });
  }
  // Never called: numbers are asked for as text.
  bool Int(int /*value*/) { return false; }
  bool Uint(unsigned /*value*/) { return false; }
  bool Int64(std::int64_t /*value*/) { return false; }
  bool Uint64(std::uint64_t /*value*/) { return false; }
  bool Double(double /*value*/) { return false; }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    check_encoding({text, length});
    return scalar([&](FieldValue field) { return field.put_string({text, length}); });
  }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    check_encoding({text, length});
    if (passing_over_ == 0) start_field({text, length});
    return true;
  }
  bool StartObject();
  bool EndObject(rapidjson::SizeType count);
  bool StartArray();
  bool EndArray(rapidjson::SizeType count);

 private:
  template <class Put>
  bool scalar(Put put) {
    if (!begin_value()) return true;
    if (levels_.empty()) return report(wrong_type("object"));
    Level& level = levels_.back();
    if (level.field->repeated && !level.in_array) {
      refuse(wrong_type("array"));
    } else if (auto error = put(FieldValue(*level.message, *level.field))) {
      refuse(*std::move(error));
    }
    return end_value();
  }

  bool begin_value();
  bool end_value();
  void start_field(std::string_view name);
  FieldError misplaced(const Level& level, const FieldShape* field) const;
  bool pass_over();
  bool end_passed_over();
  void refuse(FieldError error);
  bool report(FieldError error);
  void fill_update_mask(const Level& root);
  void enter();
  [[nodiscard]] std::string pointer() const;

  static FieldError wrong_type(std::string_view expected) {
    return {{}, v1::FIELD_PROBLEM_TYPE, {{"expected", std::string(expected)}}};
  }
  // RapidJSON could check the encoding of what it reads, but not of what escapes stand for.
  static void check_encoding(std::string_view text) {
    if (!core::is_utf8(text)) throw Malformed("a string is not UTF-8");
  }

  Message& root_;
  const ReadOptions& options_;
  std::vector<Level> levels_;
  std::vector<FieldError> errors_;
  bool skip_next_ = false;        // the value that follows belongs to a key that was refused
  std::size_t passing_over_ = 0;  // open objects and arrays inside a value that is passed over
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
};

/// A value begins: whether it goes into a field (or is the root).
bool Reader::begin_value() {
  if (values_++ > options_.elements) throw Malformed("more than " + std::to_string(options_.elements) + " values");
  if (passing_over_ > 0) return false;
  return !std::exchange(skip_next_, false);
}

bool Reader::end_value() {
  if (levels_.back().in_array) ++levels_.back().index;
  return true;
}

bool Reader::Null() {
  if (!begin_value()) return true;
  if (levels_.empty()) return report(wrong_type("object"));
  const Level& level = levels_.back();
  FieldValue field(*level.message, *level.field);
  if (level.in_array) {
    refuse(field.wrong_type());
  } else if (options_.merge_patch && levels_.size() == 1 && level.field->presence) {
    field.put_zero();
  }
  return end_value();
}

bool Reader::StartObject() {
  const bool wanted = begin_value();
  enter();
  if (!wanted) return pass_over();
  if (levels_.empty()) {
    levels_.push_back({&root_, &shape_of(root_)});
    return true;
  }
  const Level& level = levels_.back();
  const FieldShape& field = *level.field;
  if (field.kind != FieldKind::Message || field.repeated != level.in_array) {
    refuse(field.repeated && !level.in_array ? wrong_type("array") : FieldValue(*level.message, field).wrong_type());
    return pass_over();
  }
  const Reflection& reflection = *level.message->GetReflection();
  Message* inner = level.in_array ? reflection.AddMessage(level.message, field.descriptor)
                                  : reflection.MutableMessage(level.message, field.descriptor);
  levels_.push_back({inner, field.message});
  return true;
}

bool Reader::EndObject(rapidjson::SizeType /*count*/) {
  --depth_;
  if (passing_over_ > 0) return end_passed_over();
  if (levels_.size() == 1) {
    fill_update_mask(levels_.back());
    return true;
  }
  levels_.pop_back();
  return end_value();
}

bool Reader::StartArray() {
  const bool wanted = begin_value();
  enter();
  if (!wanted) return pass_over();
  if (levels_.empty()) {
    report(wrong_type("object"));
    return pass_over();
  }
  Level& level = levels_.back();
  if (!level.field->repeated || level.in_array) {
    refuse(FieldValue(*level.message, *level.field).wrong_type());
    return pass_over();
  }
  level.in_array = true;
  level.index = 0;
  return true;
}

bool Reader::EndArray(rapidjson::SizeType /*count*/) {
  --depth_;
  if (passing_over_ > 0) return end_passed_over();
  levels_.back().in_array = false;
  return true;
}

void Reader::start_field(std::string_view name) {
  Level& level = levels_.back();
  level.field = nullptr;
  const FieldShape* field = level.shape->find(name);
  FieldError error = misplaced(level, field);
  if (error.problem == v1::FIELD_PROBLEM_UNSPECIFIED) {
    level.field = field;
    level.given.set(static_cast<std::size_t>(field - level.shape->fields.data()));
    return;
  }
  error.pointer = pointer();
  append_pointer(error.pointer, name);
  if (errors_.size() < options_.errors) errors_.push_back(std::move(error));
  skip_next_ = true;
}

/// Why the field cannot be given here; FIELD_PROBLEM_UNSPECIFIED: it can.
FieldError Reader::misplaced(const Level& level, const FieldShape* field) const {
  if (field == nullptr || field->is_update_mask()) return {{}, v1::FIELD_PROBLEM_UNKNOWN, {}};
  const auto& elsewhere = options_.not_here;
  if (levels_.size() == 1 && std::find(elsewhere.begin(), elsewhere.end(), field->descriptor) != elsewhere.end()) {
    return {{}, v1::FIELD_PROBLEM_UNKNOWN, {}};
  }
  if (level.given.test(static_cast<std::size_t>(field - level.shape->fields.data()))) {
    return {{}, v1::FIELD_PROBLEM_REPEATED, {}};
  }
  if (field->rule.output_only()) return {{}, v1::FIELD_PROBLEM_OUTPUT_ONLY, {}};
  if (const auto* oneof = field->descriptor->real_containing_oneof()) {
    const auto* other = level.message->GetReflection()->GetOneofFieldDescriptor(*level.message, oneof);
    if (other != nullptr) return {{}, v1::FIELD_PROBLEM_EXCLUSIVE, {{"other", other->name()}}};
  }
  return {};
}

bool Reader::pass_over() {
  ++passing_over_;
  return true;
}

bool Reader::end_passed_over() {
  if (--passing_over_ > 0 || levels_.empty()) return true;
  return end_value();
}

/// The value that stands here cannot; elements that follow it keep their index.
void Reader::refuse(FieldError error) {
  report(std::move(error));
  const Level& level = levels_.back();
  if (!level.in_array) return;
  if (level.field->kind == FieldKind::Timestamp || level.field->kind == FieldKind::Message) {
    level.message->GetReflection()->AddMessage(level.message, level.field->descriptor);
  } else {
    FieldValue(*level.message, *level.field).put_zero();
  }
}

bool Reader::report(FieldError error) {
  error.pointer = pointer();
  if (errors_.size() < options_.errors) errors_.push_back(std::move(error));
  return true;
}

void Reader::fill_update_mask(const Level& root) {
  if (!options_.merge_patch || root.shape->update_mask == nullptr) return;
  Message* inner = root_.GetReflection()->MutableMessage(&root_, root.shape->update_mask->descriptor);
  auto& mask = static_cast<FieldMask&>(*inner);
  for (std::size_t i = 0; i < root.shape->fields.size(); ++i) {
    if (root.given.test(i)) mask.add_paths(root.shape->fields[i].name());
  }
}

void Reader::enter() {
  if (++depth_ > options_.depth) throw Malformed("nested deeper than " + std::to_string(options_.depth));
}

std::string Reader::pointer() const {
  std::string result;
  for (const Level& level : levels_) {
    if (level.field == nullptr) break;
    append_pointer(result, level.field->name());
    if (level.in_array) append_pointer(result, level.index);
  }
  return result;
}

}  // namespace

std::vector<FieldError> parse_json(std::string_view json, Message& message, const ReadOptions& options) {
  Reader handler(message, options);
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kParseFlags>(stream, handler);
  if (result.IsError()) {
    throw Malformed(std::string(rapidjson::GetParseError_En(result.Code())) + " (at byte " +
                    std::to_string(result.Offset()) + ")");
  }
  // A zero byte looks like the end of the text to RapidJSON.
  if (stream.Tell() != json.size()) throw Malformed("text after the end of the JSON value");
  return handler.take_errors();
}

}  // namespace wenming::contract
