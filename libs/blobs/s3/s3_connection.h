#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "blobs/s3/signature.h"
#include "http/client.h"

namespace wenming::blobs {

/// Where an S3 store is, and how it is spoken to.
struct S3Options {
  std::string endpoint;  // `https://s3.example:9000`, `https://s3.eu-central-1.amazonaws.com`
  std::string region = "us-east-1";
  std::string bucket;
  std::string prefix = {};  // begins all keys, with a slash at its end; empty: none
  bool path_style = true;   // ENDPOINT/BUCKET/KEY; otherwise BUCKET.ENDPOINT/KEY, as AWS wants it
  S3Credentials credentials;
  std::string ca_file = {};                    // PEM; empty: the system's
  std::chrono::milliseconds timeout{30'000};   // of each attempt
  int attempts = 5;                            // of a request that failed on the way, or with 429 or 5xx
  std::chrono::milliseconds first_pause{100};  // doubled from one attempt to the next, with jitter
};

/// Signed requests to one bucket, over a few connections that are kept. All requests may be repeated, and are. Any
/// thread may call; a call blocks until the reply is there.
class S3Connection {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  /// Throws std::invalid_argument where the endpoint is no address.
  explicit S3Connection(S3Options options);

  /// `key` without the prefix; empty: the bucket itself. `headers` are signed as well; their names in small letters.
  /// Throws std::runtime_error where no reply came, however often it was tried.
  http::Reply request(std::string_view verb, std::string_view key, const Fields& query = {}, const Fields& headers = {},
                      std::string_view body = {});
  /// BUCKET/PREFIX+KEY, as the source of a copy is named.
  [[nodiscard]] std::string source_name(std::string_view key) const;
  [[nodiscard]] const S3Options& options() const { return options_; }

 private:
  http::Reply try_once(std::string_view verb, const std::string& path, const Fields& query, const Fields& headers,
                       std::string_view body);
  std::unique_ptr<http::Client> borrow();

  const S3Options options_;
  std::string url_, host_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<http::Client>> idle_;
};

/// What the store says is wrong: its code, `NoSuchKey`; empty where it says nothing.
std::string error_code(const http::Reply& reply);

}  // namespace wenming::blobs
