#include "tables/xml.h"

#include <expat.h>

#include <new>

#include "domain/refusal.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

constexpr std::uint64_t kMostTagBytes = std::uint64_t{1} << 20;
constexpr int kMostDepth = 100;

std::string_view without_prefix(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

[[noreturn]] void refuse_damaged() {
  throw domain::Refusal(contract::v1::PROBLEM_TABLE_DAMAGED);
}

XML_Parser handle(void* parser) {
  return static_cast<XML_Parser>(parser);
}

}  // namespace

std::string_view XmlAttributes::get(std::string_view name) const {
  for (const char* const* pair = pairs_; *pair != nullptr; pair += 2) {
    if (without_prefix(*pair) == name) return pair[1];
  }
  return {};
}

/// What expat calls. Nothing may be thrown through it: it is kept, and thrown when expat has returned.
struct XmlParser::Callbacks {
  template <class F>
  static void guard(void* self, F&& call) {
    auto& parser = *static_cast<XmlParser*>(self);
    if (parser.thrown_) return;
    try {
      call(parser);
    } catch (...) {
      parser.thrown_ = std::current_exception();
      XML_StopParser(handle(parser.parser_), XML_FALSE);
    }
  }
  static void start(void* self, const XML_Char* name, const XML_Char** attributes) {
    guard(self, [&](XmlParser& parser) {
      if (++parser.depth_ > kMostDepth) refuse_damaged();
      parser.handler_.start(without_prefix(name), XmlAttributes(attributes));
    });
  }
  static void end(void* self, const XML_Char* name) {
    guard(self, [&](XmlParser& parser) {
      --parser.depth_;
      parser.handler_.end(without_prefix(name));
    });
  }
  static void text(void* self, const XML_Char* run, int length) {
    guard(self, [&](XmlParser& parser) { parser.handler_.text({run, static_cast<std::size_t>(length)}); });
  }
  static void document_type(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    guard(self, [](XmlParser&) { refuse_damaged(); });
  }
};

XmlParser::XmlParser(XmlHandler& handler) : handler_(handler), parser_(XML_ParserCreate(nullptr)) {
  if (parser_ == nullptr) throw std::bad_alloc();
  auto* const parser = tables::handle(parser_);
  XML_SetUserData(parser, this);
  XML_SetElementHandler(parser, &Callbacks::start, &Callbacks::end);
  XML_SetCharacterDataHandler(parser, &Callbacks::text);
  XML_SetStartDoctypeDeclHandler(parser, &Callbacks::document_type);
}

XmlParser::~XmlParser() {
  XML_ParserFree(handle(parser_));
}

void XmlParser::feed(std::string_view bytes) {
  parse(bytes, false);
}

void XmlParser::finish() {
  parse({}, true);
}

void XmlParser::parse(std::string_view bytes, bool last) {
  auto* const parser = handle(parser_);
  const XML_Status status = XML_Parse(parser, bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
  if (thrown_) std::rethrow_exception(thrown_);
  if (status != XML_STATUS_OK) refuse_damaged();
  fed_ += bytes.size();
  // A tag is kept until it is closed.
  const XML_Index done = XML_GetCurrentByteIndex(parser);
  if (!last && done >= 0 && fed_ - static_cast<std::uint64_t>(done) > kMostTagBytes) refuse_damaged();
}

}  // namespace wenming::tables
