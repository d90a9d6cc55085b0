#include "reference/reference.h"

namespace wenming::reference {
namespace {

/// `apply` for one type of event, in the form that a service's table takes.
template <class Event>
void keep(domain::Tx& tx, const Event& event, const domain::EventContext&) {
  apply(tx, event);
}

}  // namespace

domain::Service replica() {
  return std::move(domain::Service("reference", {}, {})
                       .on(&keep<identity::v1::OrganisationChanged>)
                       .on(&keep<identity::v1::GrantChanged>)
                       .on(&keep<identity::v1::ApiKeyChanged>)
                       .on(&keep<identity::v1::SessionEnded>)
                       .on(&keep<identity::v1::UserStatusChanged>)
                       .on(&keep<identity::v1::SigningKeyChanged>)
                       .on(&keep<identity::v1::CalendarDayChanged>)
                       .on(&keep<identity::v1::RelationChanged>)
                       .on(&keep<identity::v1::BodyChanged>)
                       .on(&keep<identity::v1::BodyMemberChanged>)
                       .on(&keep<identity::v1::StaffMemberChanged>)
                       .on(&keep<identity::v1::StaffExemptionChanged>)
                       .on(&keep<identity::v1::ResponsiblePersonChanged>));
}

}  // namespace wenming::reference
