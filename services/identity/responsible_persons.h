#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/responsible_persons.pb.h"

/// Who answers for a unit: its first responsible person, and the leader in charge of it; one of each at a time. All
/// functions are free of state.
namespace wenming::identity::responsible_persons {

v1::ResponsiblePerson appoint(domain::Tx& tx, const domain::Caller& caller,
                              const v1::AppointResponsiblePersonRequest& request);
v1::ListResponsiblePersonsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                        const v1::ListResponsiblePersonsRequest& request);
v1::ResponsiblePerson end(domain::Tx& tx, const domain::Caller& caller, const v1::EndResponsiblePersonRequest& request);
v1::ResponsiblePerson correct(domain::Tx& tx, const domain::Caller& caller,
                              const v1::CorrectResponsiblePersonRequest& request);

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view responsible_person_id);

}  // namespace wenming::identity::responsible_persons
