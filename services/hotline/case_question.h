#pragma once

#include "domain/tx.h"
#include "domain/visibility.h"
#include "hotline/case_index.h"
#include "wenming/hotline/v1/case_search.pb.h"

namespace wenming::hotline {

/// What a request asks of the index, among the cases that the caller may see. Refused: a text of which nothing can be
/// found (`search_too_short`), and an area of which something is missing (`area_incomplete`).
case_index::Question question_of(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListCasesRequest& request);

}  // namespace wenming::hotline
