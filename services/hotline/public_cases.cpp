#include "hotline/public_cases.h"

#include <string>

#include "core/mask_text.h"
#include "domain/list.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "hotline/tracking.h"

namespace wenming::hotline::public_cases {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Visibility;

namespace {

constexpr std::string_view kColumns =
    "id, channel, kind, state, subject, detail, category, place, position_datum AS \"position.datum\", "
    "position_longitude AS \"position.longitude\", position_latitude AS \"position.latitude\", "
    "receiving_unit_id, unit_id, received_at, due_at, replied_at, reply, closed_at, published_at, "
    // That there is such a case is nobody's business until it is public itself.
    "(SELECT told.id FROM cases told WHERE told.id = cases.merged_into_id AND told.published_at IS NOT NULL) "
    "AS merged_into_id, media_url";

void mask(v1::PublicCase& subject) {
  for (std::string* text :
       {subject.mutable_subject(), subject.mutable_detail(), subject.mutable_place(), subject.mutable_reply()})
    *text = core::mask_numbers(*text);
}

}  // namespace

v1::PublicCase get(ReadTx& tx, const Caller&, const v1::GetPublicCaseRequest& request) {
  auto subject = tx.find<v1::PublicCase>(
      "SELECT " + std::string(kColumns) + " FROM cases WHERE id = $1 AND published_at IS NOT NULL", request.case_id());
  if (!subject) throw domain::not_found("case");
  mask(*subject);
  for (v1::TrackedStep& step : steps_for_citizens(tx, subject->id())) {
    step.set_text(core::mask_numbers(step.text()));
    subject->mutable_steps()->Add(std::move(step));
  }
  domain::answer_in(request.datum(), *subject);
  return *std::move(subject);
}

v1::ListPublicCasesResponse list(ReadTx& tx, const Visibility& visible, const v1::ListPublicCasesRequest& request) {
  auto response = List("cases", kColumns)
                      .visible_to_all()
                      .where("published_at IS NOT NULL")
                      .within("receiving_unit_id", request.receiving_unit_id())
                      .equal("category", request.category())
                      .equal("kind", request.kind())
                      .equal("state", request.state())
                      .on_days("received_at", tx.offset(), request.from(), request.to())
                      .order_by("received_at", List::Descending)
                      .page<v1::ListPublicCasesResponse>(tx, visible, request);
  for (v1::PublicCase& subject : *response.mutable_cases()) {
    mask(subject);
    domain::answer_in(request.datum(), subject);
  }
  return response;
}

}  // namespace wenming::hotline::public_cases
