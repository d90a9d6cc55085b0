#pragma once

#include "domain/caller.h"
#include "domain/tx.h"
#include "tables/import.h"
#include "wenming/identity/v1/roster.pb.h"

namespace wenming::identity::roster_import {

/// Takes over rosters from a file. An entry is known by its unit and number; what a file leaves out, stays.
tables::ImportFormat format();
void take(domain::Tx& tx, const domain::Caller& caller, const v1::ImportStaffRequest& request,
          tables::ImportPart& part);

}  // namespace wenming::identity::roster_import
