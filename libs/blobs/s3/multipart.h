#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "blobs/s3/s3_connection.h"

namespace wenming::blobs {

/// One object that is made of parts inside the store. Given up, if it is not completed.
class MultipartUpload {
 public:
  MultipartUpload(S3Connection& connection, std::string_view key);
  ~MultipartUpload();
  MultipartUpload(const MultipartUpload&) = delete;
  MultipartUpload& operator=(const MultipartUpload&) = delete;

  /// All parts but the last have at least this many bytes.
  static constexpr std::uint64_t kLeast = 5 << 20;

  void add(std::string_view bytes);
  /// The part is another object, which the store copies.
  void add_copy(std::string_view source_key);
  void complete();

 private:
  [[nodiscard]] S3Connection::Fields next_part() const;

  S3Connection& connection_;
  const std::string key_;
  std::string id_;
  std::vector<std::string> etags_;
  bool completed_ = false;
};

/// Throws std::runtime_error naming what was done and what the store says, unless it was a success.
void require_success(const http::Reply& reply, std::string_view doing, std::string_view key);

}  // namespace wenming::blobs
