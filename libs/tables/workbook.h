#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tables/number_format.h"
#include "tables/text_store.h"
#include "tables/xml.h"
#include "tables/zip.h"

namespace wenming::tables {

/// The parts of a workbook beside its sheets: which sheets there are and where, how numbers are shown, and the texts of
/// the cells. Reads from the source in the constructor only. Throws Refusal.
class Workbook {
 public:
  Workbook(Source& source, std::uint64_t most_bytes);

  struct Sheet {
    std::string name, part;
    bool hidden = false;
  };
  /// The sheet of that name; the first that is not hidden where none is named.
  [[nodiscard]] const Sheet& sheet(const std::string& name) const;
  [[nodiscard]] NumberFormat format(std::size_t style) const {
    return style < formats_.size() ? formats_[style] : NumberFormat();
  }
  [[nodiscard]] bool from_1904() const { return from_1904_; }
  [[nodiscard]] TextStore& texts() { return texts_; }

 private:
  friend class WorkbookPart;

  std::vector<Sheet> sheets_;
  std::vector<NumberFormat> formats_;  // by style
  TextStore texts_;
  bool from_1904_ = false;
};

/// Unpacks the part and hands it to the handler; false where the workbook has no such part.
bool read_part(Source& source, std::string_view part, std::uint64_t most_bytes, XmlHandler& handler);

/// What an attribute or a number in a part says; `otherwise` where it says none.
std::size_t number_or(std::string_view text, std::size_t otherwise);

/// Appends to the text what Excel writes for characters that XML cannot hold, `_x000D_`, as those.
void append_unescaped(std::string& text, std::string_view escaped);

}  // namespace wenming::tables
