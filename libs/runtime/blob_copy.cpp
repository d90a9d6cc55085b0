#include "runtime/blob_copy.h"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <stdexcept>
#include <vector>

#include "blobs/directory/directory_blobs.h"
#include "core/encoding.h"
#include "core/hash.h"
#include "runtime/durable_files.h"

namespace wenming::runtime {
namespace {

namespace fs = std::filesystem;

/// What of a blob is in memory at a time.
constexpr std::size_t kPiece = 8 << 20;
constexpr std::size_t kPage = 1000;

void each_key(domain::Blobs& blobs, const std::function<void(const std::string&)>& visit) {
  for (std::string after;;) {
    const auto keys = blobs.list("", after, kPage);
    if (keys.empty()) return;
    for (const std::string& key : keys) visit(key);
    after = keys.back();
  }
}

/// One too long for memory goes in pieces.
void copy(domain::Blobs& from, domain::Blobs& to, const std::string& key, std::uint64_t size) {
  if (size <= kPiece) return to.put(key, from.read(key, 0, kPiece));
  std::vector<std::string> pieces;
  for (std::uint64_t offset = 0; offset < size; offset += kPiece) {
    pieces.push_back(fmt::format("copying/{}/{}", core::hex(core::bytes_of(core::sha256(key))), pieces.size()));
    to.put(pieces.back(), from.read(key, offset, kPiece));
  }
  to.join(key, pieces);
  for (const std::string& piece : pieces) to.remove(piece);
}

std::string sha256_of(domain::Blobs& blobs, const std::string& key) {
  core::Sha256 hash;
  std::uint64_t offset = 0;
  while (true) {
    const std::string piece = blobs.read(key, offset, kPiece);
    if (piece.empty()) break;
    hash.add(piece);
    offset += piece.size();
  }
  return core::hex(core::bytes_of(hash.finish()));
}

struct Listed {
  std::string text;
  Manifest::Blobs facts;
};

Listed read_all(const fs::path& backup) {
  blobs::DirectoryBlobs stored(backup / kBlobFolder);
  Listed listed;
  each_key(stored, [&](const std::string& key) {
    listed.text += fmt::format("{}  {}\n", sha256_of(stored, key), key);
    ++listed.facts.count;
    listed.facts.bytes += static_cast<std::int64_t>(stored.size(key).value_or(0));
  });
  listed.facts.list_sha256 = core::hex(core::bytes_of(core::sha256(listed.text)));
  return listed;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The first line of `expected` that `found` does not have.
std::string first_difference(std::string_view expected, std::string_view found) {
  while (!expected.empty()) {
    const std::string_view line = expected.substr(0, expected.find('\n'));
    if (!found.starts_with(line)) return std::string(line.substr(std::min<std::size_t>(66, line.size())));
    expected.remove_prefix(std::min(line.size() + 1, expected.size()));
    found.remove_prefix(std::min(line.size() + 1, found.size()));
  }
  return std::string(found.substr(std::min<std::size_t>(66, found.size()), found.find('\n')));
}

}  // namespace

std::int64_t copy_blobs(domain::Blobs& from, domain::Blobs& to) {
  std::int64_t count = 0;
  each_key(from, [&](const std::string& key) {
    const auto size = from.size(key);
    if (!size) return;  // removed meanwhile
    ++count;
    try {
      if (to.size(key) != size) copy(from, to, key, *size);
    } catch (const domain::NoSuchBlob&) {
      --count;
    }
  });
  return count;
}

Manifest::Blobs list_blobs(const fs::path& backup) {
  const Listed listed = read_all(backup);
  write_durably(backup / kBlobList, listed.text);
  return listed.facts;
}

void check_blobs(const fs::path& backup, const Manifest::Blobs& expected) {
  const Listed found = read_all(backup);
  if (found.facts == expected) return;
  throw std::runtime_error(fmt::format("{} is not what was written when the backup was taken: {}",
                                       (backup / kBlobFolder).string(),
                                       first_difference(text_of(backup / kBlobList), found.text)));
}

}  // namespace wenming::runtime
