#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "contract/contract.h"

namespace wenming::e2e {

/// Who calls, as far as the contract's `allow` rules can tell callers apart.
struct Standing {
  std::string name;  // `LIAISON inside`
  bool signed_in = true;
  std::set<contract::v1::Role> roles = {};  // granted to them
  bool reaches = false;                     // the grants cover the resources of the test
  bool receives = false;                    // the grants cover the unit that received those which another unit handles
  bool everywhere = false;                  // the grants are on the whole deployment
  bool person = false;                      // a user, not an API key: something can be theirs
  bool owns = false;                        // the resources of the test are theirs
  // What ties them to the resources of the test, beside the tree: relations of the unit on which their roles were
  // granted, or of bodies in which they sit.
  std::set<contract::v1::RelationKind> relations = {};
};

enum class Verdict { Admitted, NotSignedIn, NotAllowed, NotFound };

std::string_view to_text(Verdict verdict);

/// What the contract promises the caller of a method, read from its `allow` rules alone: written down a second time on
/// purpose, in other words than domain::authorise, so that each is judged by the other.
Verdict promised(const contract::Method& method, const Standing& who);

/// Whether a list that the caller may call has something of the test's to show, judged by its rules alone.
bool finds_rows(const contract::Method& method, const Standing& who);

/// A list that shows what the caller may see, row by row, instead of being refused as a whole.
bool shows_rows(const contract::Method& method);

/// One request that passes all rules of its fields.
struct SampleRequest {
  std::string target;
  std::string media_type;  // empty: no body
  std::string body;
};

/// Builds requests from the contract: example values, except where a field names something that the test has made.
class SampleRequests {
 public:
  /// `ids`: what to put into a field of this name, `volunteer_id` → `0195…`.
  explicit SampleRequests(std::map<std::string, std::string, std::less<>> ids) : ids_(std::move(ids)) {}

  /// Throws std::logic_error where the method's path or scope names something that `ids` does not hold: whoever adds a
  /// resource to the contract adds one to the test.
  [[nodiscard]] SampleRequest of(const contract::Method& method) const;

 private:
  [[nodiscard]] std::string in_path(const contract::Method& method,
                                    const google::protobuf::FieldDescriptor& field) const;
  [[nodiscard]] std::string in_query(const contract::Method& method) const;
  [[nodiscard]] std::string json_body(const contract::Method& method) const;

  std::map<std::string, std::string, std::less<>> ids_;
};

}  // namespace wenming::e2e
