#include "hotline/case_search.h"

#include "domain/list.h"
#include "domain/position.h"
#include "hotline/case_clock.h"
#include "hotline/case_store.h"

namespace wenming::hotline {

using domain::List;
using domain::ReadTx;
using domain::Visibility;

v1::ListCasesResponse list_cases(ReadTx& tx, const Visibility& visible, const v1::ListCasesRequest& request) {
  auto response = List("cases", cases_table().columns())
                      .visible_by("unit_id")
                      .visible_by_receiver("receiving_unit_id")
                      .within("unit_id", request.unit_id())
                      .equal("state", request.state())
                      .equal("kind", request.kind())
                      .equal("channel", request.channel())
                      .equal("category", request.category())
                      .on_days("received_at", tx.offset(), request.from(), request.to())
                      .equal_if(request.has_overdue(), "overdue", request.overdue())
                      .order_by("received_at", List::Descending)
                      .page<v1::ListCasesResponse>(tx, visible, request);
  for (v1::Case& subject : *response.mutable_cases()) {
    CaseClock::show_remaining(tx, subject);
    domain::answer_in(request.datum(), subject);
  }
  return response;
}

}  // namespace wenming::hotline
