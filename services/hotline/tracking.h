#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/caller.h"
#include "domain/tx.h"
#include "wenming/hotline/v1/cases.pb.h"

/// How citizens who did not sign in find their case again.
namespace wenming::hotline {

/// A code of 80 random bits, `7K2M-9QXT-4H8C-0DVR`: shown once, stored as its hash. So much chance needs no salt and
/// cannot be guessed.
class TrackingCode {
 public:
  static TrackingCode make(domain::Tx& tx);
  /// What somebody typed: hyphens, spaces, small letters and letters taken for digits are forgiven. Refused
  /// (`not_found`) where it cannot be a code: nobody needs to learn more.
  static TrackingCode parse(std::string_view typed);

  /// As people read it, in groups of four.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string hash() const;

 private:
  explicit TrackingCode(std::string characters) : characters_(std::move(characters)) {}
  std::string characters_;
};

/// What happened to a case as far as citizens may know, from the beginning, at most the latest 200: not what the office
/// and the units settle among themselves, nor that it is late, which the deadline tells.
std::vector<v1::TrackedStep> steps_for_citizens(domain::ReadTx& tx, std::string_view case_id);

/// What the citizen may see: kind, state, deadline, what happened and when, answers and reasons for declining.
v1::TrackedCase track_case(domain::ReadTx& tx, const domain::Caller& caller, const v1::TrackCaseRequest& request);

}  // namespace wenming::hotline
