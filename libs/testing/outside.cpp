#include "testing/outside.h"

#include <algorithm>

namespace wenming::testing {

std::vector<domain::OutgoingRequest> TestOutside::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

domain::OutgoingReply TestOutside::ScriptedOutgoing::send(const domain::OutgoingRequest& request) {
  {
    const std::lock_guard lock(outside_.mutex_);
    outside_.asked_.push_back(request);
  }
  if (!outside_.reply) throw domain::OutgoingError(domain::OutgoingError::Kind::Failed, "nobody is there");
  return outside_.reply(request);
}

void TestOutside::MemoryBlobs::put(std::string_view key, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  blobs_[std::string(key)] = bytes;
}

const std::string& TestOutside::MemoryBlobs::find(std::string_view key) const {
  const auto found = blobs_.find(key);
  if (found == blobs_.end()) throw domain::NoSuchBlob("no blob " + std::string(key));
  return found->second;
}

std::string TestOutside::MemoryBlobs::read(std::string_view key, std::uint64_t offset, std::size_t most) {
  const std::lock_guard lock(mutex_);
  const std::string& bytes = find(key);
  return bytes.substr(std::min<std::size_t>(offset, bytes.size()), most);
}

std::optional<std::uint64_t> TestOutside::MemoryBlobs::size(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(key);
  if (found == blobs_.end()) return std::nullopt;
  return found->second.size();
}

void TestOutside::MemoryBlobs::join(std::string_view key, const std::vector<std::string>& parts) {
  const std::lock_guard lock(mutex_);
  std::string whole;
  for (const std::string& part : parts) whole += find(part);
  blobs_[std::string(key)] = std::move(whole);
}

void TestOutside::MemoryBlobs::remove(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = blobs_.find(key); found != blobs_.end()) blobs_.erase(found);
}

std::vector<std::string> TestOutside::MemoryBlobs::list(std::string_view prefix, std::string_view after,
                                                        std::size_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  auto blob = after < prefix ? blobs_.lower_bound(prefix) : blobs_.upper_bound(after);
  for (; blob != blobs_.end() && keys.size() < most; ++blob) {
    if (!blob->first.starts_with(prefix)) break;
    keys.push_back(blob->first);
  }
  return keys;
}

}  // namespace wenming::testing
