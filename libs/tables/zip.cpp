#include "tables/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "domain/refusal.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;

constexpr std::size_t kBlock = std::size_t{64} << 10;
constexpr int kMostParts = 10'000;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

/// libarchive on a source. What the source throws may not pass through C: it is kept and thrown behind it.
struct ZipPart::Archive {
  explicit Archive(Source& from) : source(from), handle(archive_read_new()) {
    if (handle == nullptr) throw std::bad_alloc();
    archive_read_support_format_zip_seekable(handle);
    archive_read_set_callback_data(handle, this);
    archive_read_set_read_callback(handle, &Archive::read);
    archive_read_set_seek_callback(handle, &Archive::seek);
    archive_read_set_skip_callback(handle, &Archive::skip);
    archive_read_set_close_callback(handle, [](struct archive*, void*) { return ARCHIVE_OK; });
  }
  ~Archive() { archive_read_free(handle); }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  /// Apart from the constructor, which may not throw once there is a handle.
  void begin() { require(archive_read_open1(handle)); }

  /// Warnings do no harm: they are about names, times and owners.
  void require(la_ssize_t result) const {
    if (thrown) std::rethrow_exception(thrown);
    if (result < 0 && result != ARCHIVE_WARN) throw domain::Refusal(v1::PROBLEM_TABLE_DAMAGED);
  }

  bool find(std::string_view name) {
    for (int parts = 0; parts < kMostParts; ++parts) {
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(handle, &entry);
      if (result == ARCHIVE_EOF) return false;
      require(result);
      const char* const path = archive_entry_pathname(entry);
      if (path == nullptr || !same_name(path, name)) continue;
      if (archive_entry_is_encrypted(entry) != 0) throw domain::Refusal(v1::PROBLEM_TABLE_ENCRYPTED);
      return true;
    }
    throw domain::Refusal(v1::PROBLEM_TABLE_DAMAGED);
  }

  static la_ssize_t read(struct archive* /*handle*/, void* self, const void** bytes) {
    auto& archive = *static_cast<Archive*>(self);
    try {
      archive.block = archive.source.read(archive.at, kBlock);
      archive.at += archive.block.size();
      *bytes = archive.block.data();
      return static_cast<la_ssize_t>(archive.block.size());
    } catch (...) {
      archive.thrown = std::current_exception();
      return ARCHIVE_FATAL;
    }
  }
  static la_int64_t seek(struct archive* /*handle*/, void* self, la_int64_t offset, int whence) {
    auto& archive = *static_cast<Archive*>(self);
    const auto size = static_cast<la_int64_t>(archive.source.size());
    const la_int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_END ? size : static_cast<la_int64_t>(archive.at);
    archive.at = static_cast<std::uint64_t>(std::clamp<la_int64_t>(from + offset, 0, size));
    return static_cast<la_int64_t>(archive.at);
  }
  static la_int64_t skip(struct archive* /*handle*/, void* self, la_int64_t bytes) {
    auto& archive = *static_cast<Archive*>(self);
    const std::uint64_t left = archive.source.size() - archive.at;
    const la_int64_t skipped = std::min(bytes, static_cast<la_int64_t>(left));
    archive.at += static_cast<std::uint64_t>(skipped);
    return skipped;
  }

  Source& source;
  struct archive* handle;
  std::uint64_t at = 0;
  std::string block;
  std::exception_ptr thrown;
};

std::unique_ptr<ZipPart> ZipPart::open(Source& source, std::string_view name, std::uint64_t most_bytes) {
  auto archive = std::make_unique<Archive>(source);
  archive->begin();
  if (!archive->find(name)) return nullptr;
  return std::unique_ptr<ZipPart>(new ZipPart(std::move(archive), most_bytes));
}

ZipPart::ZipPart(std::unique_ptr<Archive> archive, std::uint64_t most_bytes)
    : archive_(std::move(archive)), most_bytes_(most_bytes) {}

ZipPart::~ZipPart() = default;

std::string_view ZipPart::next() {
  block_.resize(kBlock);
  const la_ssize_t count = archive_read_data(archive_->handle, block_.data(), block_.size());
  archive_->require(count);
  bytes_ += static_cast<std::uint64_t>(std::max<la_ssize_t>(count, 0));
  if (bytes_ > most_bytes_) {
    throw domain::Refusal(v1::PROBLEM_TABLE_TOO_LARGE, {{"limit", std::to_string(most_bytes_ >> 20)}});
  }
  return std::string_view(block_).substr(0, static_cast<std::size_t>(std::max<la_ssize_t>(count, 0)));
}

}  // namespace wenming::tables
