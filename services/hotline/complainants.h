#pragma once

#include <cstdint>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/cases.pb.h"
#include "wenming/hotline/v1/complainants.pb.h"

/// Who cases are from: the only place that seals and opens their names and phones.
namespace wenming::hotline::complainants {

/// Keeps the name and phone that stand in a new case, if any do.
void keep(domain::Tx& tx, const v1::Case& subject);
/// Fills them into a case that is shown, for the answer to mask.
void show(domain::ReadTx& tx, v1::Case& subject);
/// Whether there is a phone to call back.
bool left_a_phone(domain::ReadTx& tx, std::string_view case_id);

v1::Complainant reveal(domain::Tx& tx, const domain::Caller& caller, const v1::RevealComplainantRequest& request);
v1::FindCasesByPhoneResponse find_by_phone(domain::ReadTx& tx, const domain::Visibility& visible,
                                           const v1::FindCasesByPhoneRequest& request);
v1::EraseComplainantResponse erase(domain::Tx& tx, const domain::Caller& caller,
                                   const v1::EraseComplainantRequest& request);

/// Seals some of those that an earlier version has kept in the clear; how many.
std::int64_t seal_earlier(domain::Tx& tx);

}  // namespace wenming::hotline::complainants
