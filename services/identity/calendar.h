#pragma once

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "tables/import.h"
#include "wenming/identity/v1/calendar.pb.h"

/// Days that differ from Monday to Friday. Their rows are the reference facts' own; every change is published and
/// applied here in the same transaction. All functions are free of state.
namespace wenming::identity::calendar {

tables::ImportFormat import_format();
void import_rows(domain::Tx& tx, const domain::Caller& caller, const v1::ImportCalendarRequest& request,
                 tables::ImportPart& part);
v1::ListCalendarDaysResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                  const v1::ListCalendarDaysRequest& request);

}  // namespace wenming::identity::calendar
