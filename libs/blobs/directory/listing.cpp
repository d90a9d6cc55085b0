#include "blobs/directory/listing.h"

#include <algorithm>
#include <map>
#include <system_error>

namespace wenming::blobs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShard = 6;
constexpr std::size_t kUuid = 36;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// What lies below one part of keys. Folders sort by their name with a slash, as their keys do.
struct Child {
  std::string name;  // with a slash behind a folder's
  fs::path path;

  [[nodiscard]] bool is_folder() const { return name.back() == '/'; }
  friend bool operator<(const Child& a, const Child& b) { return a.name < b.name; }
};

class Listing {
 public:
  Listing(std::string_view prefix, std::string_view after, std::size_t most)
      : prefix_(prefix), after_(after), most_(most) {}

  /// `above` is what the keys in this folder begin with.
  void walk(const fs::path& folder, const std::string& above) {
    std::vector<Child> direct;
    std::map<std::string, fs::path> shards;
    read(folder, direct, &shards);
    // A shard goes with those outside of it that begin alike.
    std::map<std::string, std::vector<Child>> groups;
    for (auto& child : direct) {
      std::string beginning = child.name.substr(0, kShard);
      groups[shards.contains(beginning) ? beginning : child.name].push_back(std::move(child));
    }
    for (const auto& [beginning, path] : shards) groups[beginning];
    for (auto& [beginning, children] : groups) {
      if (keys_.size() >= most_) return;
      if (const auto shard = shards.find(beginning); shard != shards.end()) {
        if (!may_hold(above + beginning)) continue;
        read(shard->second, children, nullptr);
      }
      std::sort(children.begin(), children.end());
      for (const Child& child : children) visit(child, above + child.name);
    }
  }

  [[nodiscard]] std::vector<std::string> keys() && { return std::move(keys_); }

 private:
  /// Gone meanwhile is as good as empty.
  static void read(const fs::path& folder, std::vector<Child>& children, std::map<std::string, fs::path>* shards) {
    std::error_code gone;
    for (fs::directory_iterator entry(folder, gone); entry != fs::directory_iterator(); entry.increment(gone)) {
      std::string name = entry->path().filename().string();
      if (name.starts_with('.')) continue;
      const bool is_folder = entry->is_directory(gone);
      if (shards != nullptr && name.ends_with(kShardMark)) {
        name.pop_back();
        shards->emplace(std::move(name), entry->path());
      } else {
        if (is_folder) name += '/';
        children.push_back({std::move(name), entry->path()});
      }
    }
  }

  /// Whether keys that begin so may be asked for.
  [[nodiscard]] bool may_hold(std::string_view beginning) const {
    const bool fits = beginning.starts_with(prefix_) || prefix_.starts_with(beginning);
    return fits && (beginning > after_ || after_.starts_with(beginning));
  }

  void visit(const Child& child, const std::string& key) {
    if (keys_.size() >= most_) return;
    if (child.is_folder()) {
      if (may_hold(key)) walk(child.path, key);
    } else if (key.starts_with(prefix_) && key > after_) {
      keys_.push_back(key);
    }
  }

  const std::string_view prefix_, after_;
  const std::size_t most_;
  std::vector<std::string> keys_;
};

}  // namespace

std::size_t shard_length(std::string_view part) {
  const bool is_id = part.size() == kUuid && part[8] == '-' && std::all_of(part.begin(), part.begin() + kShard, is_hex);
  return is_id ? kShard : 0;
}

std::vector<std::string> list_keys(const fs::path& folder, std::string_view prefix, std::string_view after,
                                   std::size_t most) {
  Listing listing(prefix, after, most);
  listing.walk(folder, "");
  return std::move(listing).keys();
}

}  // namespace wenming::blobs
