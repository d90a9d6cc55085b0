#pragma once

#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/case_search.pb.h"

/// Finding cases among those that a caller may see.
namespace wenming::hotline {

v1::ListCasesResponse list_cases(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListCasesRequest& request);

}  // namespace wenming::hotline
