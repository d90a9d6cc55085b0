#pragma once

#include "domain/caller.h"
#include "domain/tx.h"
#include "wenming/dashboard/v1/figures.pb.h"

namespace wenming::dashboard {

v1::Trend get_trends(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetTrendsRequest& request);

}  // namespace wenming::dashboard
