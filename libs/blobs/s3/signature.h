#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace wenming::blobs {

/// Who calls an S3 store.
struct S3Credentials {
  std::string access_key, secret_key;
};

/// A request as AWS Signature Version 4 sees it.
struct SignedRequest {
  std::string_view verb, host;
  std::string_view path;                                          // encoded; begins with `/`
  std::vector<std::pair<std::string, std::string>> query = {};    // not encoded, in any order
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones to be signed: names in small letters
  std::string_view body = {};
};

/// The headers that prove who sends it: Authorization, x-amz-date, x-amz-content-sha256.
std::vector<std::pair<std::string, std::string>> sign(const SignedRequest& request, const S3Credentials& credentials,
                                                      std::string_view region, core::Timestamp now);

/// The query as it is signed and sent: sorted, percent-encoded.
std::string canonical_query(std::vector<std::pair<std::string, std::string>> query);

}  // namespace wenming::blobs
