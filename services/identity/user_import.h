#pragma once

#include "domain/caller.h"
#include "domain/tx.h"
#include "tables/import.h"
#include "wenming/identity/v1/users.pb.h"

namespace wenming::identity::user_import {

/// Takes over a list of users. They have no password until an admin gives them one, so nobody signs in with what stood
/// in a file.
tables::ImportFormat format();
void take(domain::Tx& tx, const domain::Caller& caller, const v1::ImportUsersRequest& request,
          tables::ImportPart& part);

}  // namespace wenming::identity::user_import
