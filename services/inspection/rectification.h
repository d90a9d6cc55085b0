#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/settings.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/inspection/v1/inspections.pb.h"
#include "wenming/inspection/v1/rectification_orders.pb.h"
#include "wenming/inspection/v1/timers.pb.h"

namespace wenming::inspection {

/// The state after an action; nullopt where the state does not take it. The one place that knows.
std::optional<v1::RectificationState> state_after(v1::RectificationState state, v1::RectificationAction action);

/// Rectification orders: one per finding, from issue to verification (销号), with a deadline in working days by
/// severity.
///
/// The unit signs and submits; an inspector or the office verifies or sends back. The clock starts at the issue and
/// never stops or starts anew: an order is late if its deadline passes at a time when nothing stands submitted, and
/// stays so. Lateness is noticed by a timer, and by every action that comes before the timer could run. Every change is
/// a step in the order's history and an event. Actions that the state does not take are refused (`order_state`).
///
/// Has no state but settings; every thread may call, each with its own transaction.
class Rectification {
 public:
  explicit Rectification(core::Settings& settings);

  /// Issues the order for a finding of the inspection to the unit that answers for the point; returns its id.
  std::string issue(domain::Tx& tx, const domain::Caller& caller, const v1::Inspection& inspection,
                    const v1::Finding& finding) const;

  v1::RectificationOrder get(domain::ReadTx& tx, const domain::Caller& caller,
                             const v1::GetRectificationOrderRequest& request) const;
  v1::ListRectificationOrdersResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                           const v1::ListRectificationOrdersRequest& request) const;
  v1::ListRectificationStepsResponse history(domain::ReadTx& tx, const domain::Visibility& visible,
                                             const v1::ListRectificationStepsRequest& request) const;

  v1::RectificationOrder sign(domain::Tx& tx, const domain::Caller& caller,
                              const v1::SignRectificationOrderRequest& request) const;
  v1::RectificationOrder submit(domain::Tx& tx, const domain::Caller& caller,
                                const v1::SubmitRectificationOrderRequest& request) const;
  /// Refused to whoever submitted it (`own_submission`), whatever else they were granted; so is `reject`.
  v1::RectificationOrder verify(domain::Tx& tx, const domain::Caller& caller,
                                const v1::VerifyRectificationOrderRequest& request) const;
  v1::RectificationOrder reject(domain::Tx& tx, const domain::Caller& caller,
                                const v1::RejectRectificationOrderRequest& request) const;

  static void deadline_came(domain::Tx& tx, const v1::RectificationOrderDue& due);
  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

 private:
  [[nodiscard]] int working_days(v1::Severity severity) const;

  int days_low_, days_moderate_, days_high_;
};

}  // namespace wenming::inspection
