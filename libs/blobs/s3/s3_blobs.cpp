#include "blobs/s3/s3_blobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>
#include <stdexcept>
#include <utility>

#include "blobs/key.h"
#include "blobs/s3/multipart.h"

namespace wenming::blobs {
namespace {

/// Small parts are gathered in memory up to here.
constexpr std::size_t kGathered = 8 << 20;
/// The most that a store lists at once.
constexpr std::size_t kPage = 1000;

domain::NoSuchBlob no_such_blob(std::string_view key) {
  return domain::NoSuchBlob("there is no blob " + std::string(key));
}

}  // namespace

S3Blobs::S3Blobs(S3Options options) : connection_(std::move(options)) {}

void S3Blobs::check() {
  const auto reply = connection_.request("GET", "", {{"list-type", "2"}, {"max-keys", "1"}});
  require_success(reply, "list", connection_.options().bucket);
}

void S3Blobs::put(std::string_view key, std::string_view bytes) {
  check_key(key);
  require_success(connection_.request("PUT", key, {}, {}, bytes), "take", key);
}

std::string S3Blobs::read(std::string_view key, std::uint64_t offset, std::size_t most) {
  check_key(key);
  if (most == 0) {
    if (!size(key)) throw no_such_blob(key);
    return {};
  }
  auto reply = connection_.request("GET", key, {}, {{"range", fmt::format("bytes={}-{}", offset, offset + most - 1)}});
  if (reply.status == 404 && error_code(reply) != "NoSuchBucket") throw no_such_blob(key);
  if (reply.status == 416) return {};  // it ends before
  require_success(reply, "give", key);
  if (reply.status == 200) {  // a store may give all of it, as of an empty one
    reply.body.erase(0, std::min<std::uint64_t>(offset, reply.body.size()));
    reply.body.resize(std::min(reply.body.size(), most));
  }
  return std::move(reply.body);
}

std::optional<std::uint64_t> S3Blobs::size(std::string_view key) {
  check_key(key);
  const auto reply = connection_.request("HEAD", key);
  if (reply.status == 404) return std::nullopt;
  require_success(reply, "look at", key);
  const std::string_view length = reply.headers.get("Content-Length");
  std::uint64_t size = 0;
  if (std::from_chars(length.data(), length.data() + length.size(), size).ec != std::errc())
    throw std::runtime_error("the S3 store does not say how long " + std::string(key) + " is");
  return size;
}

void S3Blobs::join(std::string_view key, const std::vector<std::string>& parts) {
  check_key(key);
  std::vector<std::uint64_t> sizes;
  std::uint64_t all = 0;
  for (const std::string& part : parts) {
    const auto length = size(part);
    if (!length) throw no_such_blob(part);
    sizes.push_back(*length);
    all += *length;
  }
  std::string gathered;
  if (all <= kGathered) {
    for (const std::string& part : parts) gathered += read(part, 0, kGathered);
    return put(key, gathered);
  }
  MultipartUpload upload(connection_, key);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (gathered.empty() && sizes[i] > 0 && (last || sizes[i] >= MultipartUpload::kLeast)) {
      upload.add_copy(parts[i]);
      continue;
    }
    for (std::uint64_t offset = 0; offset < sizes[i];) {
      const std::string piece = read(parts[i], offset, kGathered - gathered.size());
      if (piece.empty()) throw no_such_blob(parts[i]);
      offset += piece.size();
      gathered += piece;
      if (gathered.size() < kGathered) continue;
      upload.add(gathered);
      gathered.clear();
    }
  }
  if (!gathered.empty()) upload.add(gathered);
  upload.complete();
}

void S3Blobs::remove(std::string_view key) {
  check_key(key);
  const auto reply = connection_.request("DELETE", key);
  if (reply.status != 404) require_success(reply, "remove", key);
}

std::vector<std::string> S3Blobs::list(std::string_view prefix, std::string_view after, std::size_t most) {
  const std::string& own = connection_.options().prefix;
  std::vector<std::string> keys;
  std::string from(after);
  for (bool more = true; more && keys.size() < most;) {
    S3Connection::Fields query{{"list-type", "2"},
                               {"prefix", own + std::string(prefix)},
                               {"max-keys", std::to_string(std::min(most - keys.size(), kPage))}};
    if (!from.empty()) query.emplace_back("start-after", own + from);
    const auto reply = connection_.request("GET", "", query);
    require_success(reply, "list", prefix);
    pugi::xml_document document;
    document.load_buffer(reply.body.data(), reply.body.size());
    const pugi::xml_node result = document.child("ListBucketResult");
    const std::size_t before = keys.size();
    for (const pugi::xml_node object : result.children("Contents"))
      keys.emplace_back(std::string_view(object.child_value("Key")).substr(own.size()));
    more = std::string_view(result.child_value("IsTruncated")) == "true" && keys.size() > before;
    if (more) from = keys.back();
  }
  return keys;
}

}  // namespace wenming::blobs
