#pragma once

#include <filesystem>
#include <string_view>

namespace wenming::runtime {

// What a power failure does not take away. All throw std::runtime_error naming the file and what the system says.

void sync_file(const std::filesystem::path& file);
/// The names in it.
void sync_folder(const std::filesystem::path& folder);
/// Makes or replaces the file and syncs it; the name in its folder is the caller's to sync.
void write_durably(const std::filesystem::path& file, std::string_view text);

}  // namespace wenming::runtime
