#pragma once

#include "domain/caller.h"
#include "domain/tx.h"
#include "tables/import.h"
#include "wenming/identity/v1/organisations.pb.h"

namespace wenming::identity::organisations {

/// Takes over a file of organisations: first every row is judged against the file and the tree, and only where none is
/// refused are they applied, those above before those below.
tables::ImportFormat import_format();
void import_rows(domain::Tx& tx, const domain::Caller& caller, const v1::ImportOrganisationsRequest& request,
                 tables::ImportPart& part);

}  // namespace wenming::identity::organisations
