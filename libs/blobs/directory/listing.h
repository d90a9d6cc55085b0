#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wenming::blobs {

/// Behind the name of a folder that holds the ids which begin so; no key can hold it.
inline constexpr char kShardMark = '~';
/// How much of an id names its shard; 0 for what is no id.
[[nodiscard]] std::size_t shard_length(std::string_view part);

/// The keys below the folder of a DirectoryBlobs that begin with `prefix` and come behind `after`, in the order of
/// their bytes, at most so many. Folders that can hold none of them are not read.
std::vector<std::string> list_keys(const std::filesystem::path& folder, std::string_view prefix, std::string_view after,
                                   std::size_t most);

}  // namespace wenming::blobs
