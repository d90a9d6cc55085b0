#pragma once

#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/dashboard/v1/figures.pb.h"

namespace wenming::dashboard {

v1::ListUnitFiguresResponse list_unit_figures(domain::ReadTx& tx, const domain::Visibility& visible,
                                              const v1::ListUnitFiguresRequest& request);

}  // namespace wenming::dashboard
