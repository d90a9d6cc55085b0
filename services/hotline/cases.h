#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/cases.pb.h"

/// Cases as they come in and are looked at. What is done to them stands in case_actions.h.
namespace wenming::hotline {

/// Takes a case in, from anybody. Refused: channels that only an intake office records (`channel_not_open`), and
/// anonymous cases with a name or phone (`anonymous_named`). The answer holds the tracking code, for this once.
v1::Case create_case(domain::Tx& tx, const domain::Caller& caller, const v1::CreateCaseRequest& request);

v1::Case get_case(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetCaseRequest& request);
v1::ListCaseHistoryResponse list_case_history(domain::ReadTx& tx, const domain::Visibility& visible,
                                              const v1::ListCaseHistoryRequest& request);

std::optional<domain::Scope> scope_of_case(domain::ReadTx& tx, std::string_view id);

}  // namespace wenming::hotline
