#include <span>

#include "contract/openapi.h"
#include "core/embedded_file.h"

namespace wenming::contract {

// The folder `docs` of this library (see CMakeLists.txt).
std::span<const core::EmbeddedFile> docs_files();

std::string_view docs_page() {
  return docs_files().front().text;
}

}  // namespace wenming::contract
