#include "hotline/tracking.h"

#include <algorithm>
#include <utility>

#include "core/encoding.h"
#include "core/hash.h"
#include "core/mask_text.h"
#include "domain/refusal.h"

namespace wenming::hotline {

using domain::Caller;
using domain::ReadTx;
using domain::Tx;

namespace {

constexpr std::size_t kRandomBytes = 10;
constexpr std::size_t kGroup = 4;
constexpr int kMaxSteps = 200;

}  // namespace

TrackingCode TrackingCode::make(Tx& tx) {
  return TrackingCode(core::crockford32(tx.random_bytes(kRandomBytes)));
}

TrackingCode TrackingCode::parse(std::string_view typed) {
  auto characters = core::normal_crockford32(typed);
  if (!characters) throw domain::not_found("case");
  return TrackingCode(*std::move(characters));
}

std::string TrackingCode::text() const {
  std::string text;
  for (std::size_t i = 0; i < characters_.size(); i += kGroup) {
    if (i > 0) text += '-';
    text += characters_.substr(i, kGroup);
  }
  return text;
}

std::string TrackingCode::hash() const {
  return core::hex(core::bytes_of(core::sha256(characters_)));
}

std::vector<v1::TrackedStep> steps_for_citizens(ReadTx& tx, std::string_view case_id) {
  // The latest first, so that the bound cuts off the oldest; then turned round.
  auto steps = tx.all<v1::TrackedStep>(
      "SELECT action, occurred_at, CASE WHEN action IN ($2, $3) THEN text ELSE '' END AS text FROM case_history "
      "WHERE case_id = $1 AND action IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ORDER BY number DESC LIMIT $12",
      case_id, v1::CASE_ACTION_REPLY, v1::CASE_ACTION_DECLINE, v1::CASE_ACTION_RECEIVE, v1::CASE_ACTION_ACCEPT,
      v1::CASE_ACTION_DISPATCH, v1::CASE_ACTION_SIGN, v1::CASE_ACTION_CALL_BACK_SATISFIED,
      v1::CASE_ACTION_CALL_BACK_UNSATISFIED, v1::CASE_ACTION_CLOSE, v1::CASE_ACTION_REOPEN, kMaxSteps);
  std::reverse(steps.begin(), steps.end());
  return steps;
}

v1::TrackedCase track_case(ReadTx& tx, const Caller&, const v1::TrackCaseRequest& request) {
  const std::string hash = TrackingCode::parse(request.tracking_code()).hash();
  // A duplicate shares what becomes of the case that it was merged into; when it came in stays its own.
  auto tracked = tx.find<v1::TrackedCase>(
      "SELECT own.kind AS kind, told.state AS state, own.received_at AS received_at, told.due_at AS due_at "
      "FROM cases own JOIN cases told ON told.id = COALESCE(own.merged_into_id, own.id) WHERE own.tracking_hash = $1",
      hash);
  if (!tracked) throw domain::not_found("case");
  const auto own = tx.value<std::string>("SELECT id FROM cases WHERE tracking_hash = $1", hash);
  const auto told = tx.value<std::string>("SELECT merged_into_id FROM cases WHERE tracking_hash = $1", hash);
  for (v1::TrackedStep& step : steps_for_citizens(tx, told ? *told : *own)) {
    // An answer to somebody else may say how to reach them.
    if (told) step.set_text(core::mask_numbers(step.text()));
    tracked->mutable_steps()->Add(std::move(step));
  }
  return *std::move(tracked);
}

}  // namespace wenming::hotline
