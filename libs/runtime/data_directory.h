#pragma once

#include <filesystem>
#include <string>

namespace wenming::runtime {

/// The folder of an embedded installation: one SQLite file per service. Held by one process at a time: a second writer
/// beside the first would break the numbering of the journals.
class DataDirectory {
 public:
  /// Makes the folder where it is missing and takes its lock. Throws std::runtime_error saying which process to stop,
  /// or what is wrong with the folder.
  explicit DataDirectory(std::filesystem::path folder);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// The file of a service's database. A read model that was rebuilt lives in a file of a later generation, named by
  /// `<service>.current`.
  [[nodiscard]] std::filesystem::path database(const std::string& service) const;
  /// A file for the next generation, which does not exist yet; left-overs of a rebuild that never ended are removed.
  [[nodiscard]] std::filesystem::path next_generation(const std::string& service) const;
  /// Makes that generation the one that `database` names, durably.
  void switch_to(const std::string& service, const std::filesystem::path& generation) const;
  /// Removes a database that nobody has open any more.
  static void remove_database(const std::filesystem::path& file);

 private:
  std::filesystem::path folder_;
  int lock_ = -1;
};

}  // namespace wenming::runtime
