#pragma once

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/public_cases.pb.h"

/// Cases as everybody may read them: what an office has published, with the numbers in its texts masked. All functions
/// are free of state.
namespace wenming::hotline::public_cases {

v1::PublicCase get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetPublicCaseRequest& request);
v1::ListPublicCasesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListPublicCasesRequest& request);

}  // namespace wenming::hotline::public_cases
