#pragma once

#include <optional>
#include <vector>

#include "core/datum.h"
#include "core/settings.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "wenming/hotline/v1/case_search.pb.h"

namespace wenming::hotline {

/// Finds the cases that may be about the same matter as another one, before it is taken in and afterwards: near it, or
/// told alike. It looks at cases of the same office and category, received within some days of it.
///
/// Citizens are shown nothing of this: that something was complained about, and where, is told by those who did.
///
/// Immutable; every thread may ask, each with its own transaction.
class SimilarCases {
 public:
  explicit SimilarCases(core::Settings& settings);

  [[nodiscard]] v1::SimilarCases before(domain::ReadTx& tx, const domain::Caller& caller,
                                        const v1::FindSimilarCasesRequest& request) const;
  [[nodiscard]] v1::SimilarCases of_case(domain::ReadTx& tx, const domain::Caller& caller,
                                         const v1::ListSimilarCasesRequest& request) const;

 private:
  struct Told;
  [[nodiscard]] v1::SimilarCases similar_to(domain::ReadTx& tx, const v1::Case& subject, int page_size) const;
  /// Those worth looking at closely.
  [[nodiscard]] std::vector<v1::Case> candidates_for(domain::ReadTx& tx, const v1::Case& subject, const Told& told,
                                                     const std::optional<core::Degrees>& centre) const;
  static v1::SimilarCase compared(const v1::Case& subject, const Told& told, const std::optional<core::Degrees>& centre,
                                  const v1::Case& other);

  double metres_;
  int days_;
  double likeness_;
};

}  // namespace wenming::hotline
