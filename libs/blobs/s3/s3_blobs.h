#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "blobs/s3/s3_connection.h"
#include "domain/outside.h"

namespace wenming::blobs {

/// Blobs as objects of a bucket in an S3 store (AWS, MinIO, Ceph and others): plain PUT, GET with ranges, HEAD, DELETE,
/// ListObjectsV2, and multipart uploads to join parts inside the store, all signed by Signature Version 4. Durable as
/// far as the store is; objects are whole or not there by the protocol.
///
/// An upload of several parts that never came to its end, because the process died, stays in the store until a rule of
/// the bucket removes it (AbortIncompleteMultipartUpload). Any thread may call.
class S3Blobs final : public domain::Blobs {
 public:
  explicit S3Blobs(S3Options options);

  /// Throws std::runtime_error saying what is wrong with the bucket, the address or the key.
  void check();

  void put(std::string_view key, std::string_view bytes) override;
  std::string read(std::string_view key, std::uint64_t offset, std::size_t most) override;
  std::optional<std::uint64_t> size(std::string_view key) override;
  void join(std::string_view key, const std::vector<std::string>& parts) override;
  void remove(std::string_view key) override;
  std::vector<std::string> list(std::string_view prefix, std::string_view after, std::size_t most) override;

 private:
  S3Connection connection_;
};

}  // namespace wenming::blobs
