#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/settings.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/inspection/v1/inspections.pb.h"

namespace wenming::inspection {

class Rectification;

/// Inspections: reports of visits to points. A report comes in once under the id that its client made, and is never
/// changed. Has no state but settings; every thread may call, each with its own transaction.
class Inspections {
 public:
  Inspections(core::Settings& settings, std::shared_ptr<const Rectification> rectification);

  /// Takes a report in, and issues rectification orders for its findings. The same report again answers what is there;
  /// refuses another one under the same id (`inspection_differs`), visits of the future (`inspected_in_future`), and
  /// items that are answered twice or with nothing (`answer_unclear`).
  v1::Inspection submit(domain::Tx& tx, const domain::Caller& caller, const v1::SubmitInspectionRequest& request) const;
  v1::Inspection get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetInspectionRequest& request) const;
  v1::ListInspectionsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                   const v1::ListInspectionsRequest& request) const;

  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

 private:
  std::shared_ptr<const Rectification> rectification_;
  bool issue_orders_;
};

}  // namespace wenming::inspection
