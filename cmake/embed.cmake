# Writes text files into a C++ source: a table of (file name, text). Called by wenming_embed.
string(REGEX MATCH "^(.*)::([^:]+)$" unused "${SYMBOL}")
set(space "${CMAKE_MATCH_1}")
set(function "${CMAKE_MATCH_2}")
string(REPLACE "|" ";" files "${FILES}")
set(entries "")
set(count 0)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  # Bytes as hexadecimal escapes: the only form that holds every text and every delimiter.
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND entries "constexpr unsigned char kFile${count}[] = {${bytes}0};\n")
  string(APPEND table "    {\"${name}\", std::string_view(reinterpret_cast<const char*>(kFile${count}), sizeof kFile${count} - 1)},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUTPUT}" "#include \"core/embedded_file.h\"
#include <array>
#include <span>

namespace ${space} {
namespace {
${entries}}  // namespace
std::span<const wenming::core::EmbeddedFile> ${function}();
std::span<const wenming::core::EmbeddedFile> ${function}() {
  static const std::array<wenming::core::EmbeddedFile, ${count}> kFiles{{
${table}  }};
  return kFiles;
}
}  // namespace ${space}
")
