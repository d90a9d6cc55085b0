#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "domain/outside.h"

namespace wenming::blobs {

/// Blobs as files below a folder, one each, under the names of their keys: what `cp` and `rsync` copy is a backup.
///
/// A file is written beside its place (`.new/`), synced, and renamed, and the names on the way to it are synced: after
/// `put` no power failure takes it away, and nobody ever sees half of it. Parts of keys that are ids (UUIDs) lie in
/// folders by their first six characters, `attachments/019a3f~/019a3f21-…`, which for ids that grow with time is a
/// folder for each four hours and forty minutes: no folder gets too full, and `list` finds its place without reading
/// all names.
///
/// Several processes may use one folder. Any thread may call. Limits: a key that goes on where another one ends
/// (`a` and `a/b`) cannot be kept beside it.
class DirectoryBlobs final : public domain::Blobs {
 public:
  /// Makes the folder where it is missing, readable for its owner alone. Throws std::runtime_error where it cannot.
  explicit DirectoryBlobs(std::filesystem::path folder);

  void put(std::string_view key, std::string_view bytes) override;
  std::string read(std::string_view key, std::uint64_t offset, std::size_t most) override;
  std::optional<std::uint64_t> size(std::string_view key) override;
  void join(std::string_view key, const std::vector<std::string>& parts) override;
  void remove(std::string_view key) override;
  std::vector<std::string> list(std::string_view prefix, std::string_view after, std::size_t most) override;

 private:
  [[nodiscard]] std::filesystem::path path_of(std::string_view key) const;
  void settle(const std::filesystem::path& fresh, std::string_view key) const;

  const std::filesystem::path folder_;
};

}  // namespace wenming::blobs
