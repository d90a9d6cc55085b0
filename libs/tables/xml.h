#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>

namespace wenming::tables {

/// What stands in the start tag of an element.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char* const* pairs) : pairs_(pairs) {}
  /// The value of the attribute of that name, whatever its namespace; empty without one.
  [[nodiscard]] std::string_view get(std::string_view name) const;

 private:
  const char* const* pairs_;
};

/// Told what an XML text holds. Names come without their namespace prefix.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void start(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void end(std::string_view name) = 0;
  /// A run of text between two tags, perhaps in several calls.
  virtual void text(std::string_view run) = 0;
};

/// Reads XML as it comes in, in bounded memory: no document types (and so no entities), tags of at most 1 MiB, at most
/// 100 elements deep. Throws the Refusal `table_damaged` at what is ill-formed, and what the handler throws. One
/// thread; the handler must outlive it.
class XmlParser {
 public:
  explicit XmlParser(XmlHandler& handler);
  ~XmlParser();
  XmlParser(const XmlParser&) = delete;
  XmlParser& operator=(const XmlParser&) = delete;

  void feed(std::string_view bytes);
  void finish();

 private:
  struct Callbacks;
  void parse(std::string_view bytes, bool last);

  XmlHandler& handler_;
  void* parser_;  // of expat
  std::uint64_t fed_ = 0;
  int depth_ = 0;
  std::exception_ptr thrown_;
};

}  // namespace wenming::tables
