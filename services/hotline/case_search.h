#pragma once

#include <string>
#include <vector>

#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/case_search.pb.h"

/// Finding cases among those that a caller may see.
namespace wenming::hotline {

/// Cases by text, properties, times and areas, the latest received first. What the database has an order for, all cases
/// and those of a unit, comes from there; all else from the index.
v1::ListCasesResponse list_cases(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListCasesRequest& request);

/// The cases with these ids, which there are, in this order; without complainants and attributes.
std::vector<v1::Case> cases_of(domain::ReadTx& tx, const std::vector<std::string>& ids);

}  // namespace wenming::hotline
