#pragma once

#include <filesystem>
#include <string>

#include "runtime/databases.h"

namespace wenming::runtime {

/// The folder of an embedded installation: one SQLite file per service. Held by one process at a time: a second writer
/// beside the first would break the numbering of the journals.
class DataDirectory final : public Databases {
 public:
  enum class Use {
    Serve,        // makes the folder where it is missing, and takes its lock; not where it has moved elsewhere
    ServeInTest,  // the same, but leaves it to the operating system when bytes reach the disk
    Leave,        // takes its lock, to move what is in it elsewhere
    Look,         // takes no lock: somebody may serve
    Archive,      // nobody serves, and nothing is written
  };
  /// Throws std::runtime_error saying which process to stop, or what is wrong with the folder.
  explicit DataDirectory(std::filesystem::path folder, Use use = Use::Serve);
  ~DataDirectory() override;
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  /// Generations are names of files: `<service>.sqlite`, and for a read model that was rebuilt the one that
  /// `<service>.current` names.
  [[nodiscard]] std::string generation(const std::string& service) const override;
  [[nodiscard]] std::unique_ptr<store::Engine> open(const std::string& service,
                                                    const std::string& generation) const override;
  [[nodiscard]] std::unique_ptr<store::Engine> open_existing(const std::string& service) const override;
  [[nodiscard]] std::unique_ptr<store::Leadership> try_to_rebuild(const std::string& service) const override;
  [[nodiscard]] std::string next_generation(const std::string& service) const override;
  void switch_to(const std::string& service, const std::string& generation) const override;
  bool remove(const std::string& service, const std::string& generation) const override;
  [[nodiscard]] std::string place() const override { return folder_.string(); }

  /// Where this installation has moved, so that two do not go on from the same facts; empty while it is here.
  [[nodiscard]] std::string moved_to() const;
  void mark_as_moved(const std::string& place) const;

 private:
  void take();
  void refuse_if_moved() const;

  std::filesystem::path folder_;
  const Use use_;
  int lock_ = -1;
};

}  // namespace wenming::runtime
