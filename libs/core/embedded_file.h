#pragma once

#include <string_view>

namespace wenming::core {

/// A file of the source tree that is carried inside the binary (see `wenming_embed` in cmake/Wenming.cmake).
struct EmbeddedFile {
  std::string_view name;  // without folders, `0001_volunteers.sql`
  std::string_view text;
};

}  // namespace wenming::core
