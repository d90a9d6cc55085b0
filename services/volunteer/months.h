#pragma once

#include <string_view>

#include "domain/service.h"
#include "volunteer/served_time.h"
#include "wenming/volunteer/v1/months.pb.h"

namespace wenming::volunteer {

// Monthly sums of approved minutes, by volunteer and by unit, kept in the transaction that approves or revokes. Minutes
// count in the local month in which they were served, whenever they are decided on. Plain functions; they keep nothing.

void add_to_months(domain::Tx& tx, std::string_view volunteer_id, std::string_view unit_id, const Stretch& stretch);
void take_from_months(domain::Tx& tx, std::string_view volunteer_id, std::string_view unit_id, const Stretch& stretch);

v1::ListMonthsOfVolunteerResponse list_months_of_volunteer(domain::ReadTx& tx, const domain::Visibility& visible,
                                                           const v1::ListMonthsOfVolunteerRequest& request);
v1::ListVolunteerMonthsResponse list_volunteer_months(domain::ReadTx& tx, const domain::Visibility& visible,
                                                      const v1::ListVolunteerMonthsRequest& request);
v1::ListUnitMonthsResponse list_unit_months(domain::ReadTx& tx, const domain::Visibility& visible,
                                            const v1::ListUnitMonthsRequest& request);

}  // namespace wenming::volunteer
