#pragma once

#include <string>
#include <vector>

#include "dashboard/amounts.h"
#include "wenming/hotline/v1/events.pb.h"
#include "wenming/inspection/v1/events.pb.h"
#include "wenming/publicity/v1/events.pb.h"
#include "wenming/volunteer/v1/events.pb.h"

/// What each fact adds to the figures: the catalogue of the dashboard, one function per kind of fact. Every event
/// carries the whole state of its aggregate, so a fold looks at nothing else and any version can take the place of any
/// other.
namespace wenming::dashboard {

/// A fact as an event tells it.
struct Fact {
  std::string id;  // kind and aggregate, `case:0190…`
  std::int64_t version = 0;
  std::vector<Amount> amounts;  // merged
};

Fact fold(const volunteer::v1::VolunteerChanged& event);
Fact fold(const volunteer::v1::ActivityChanged& event);
Fact fold(const volunteer::v1::HoursChanged& event);
Fact fold(const inspection::v1::PointChanged& event);
Fact fold(const inspection::v1::InspectionSubmitted& event);
Fact fold(const inspection::v1::RectificationOrderChanged& event);
Fact fold(const hotline::v1::CaseChanged& event);
Fact fold(const publicity::v1::PlacementChanged& event);
Fact fold(const publicity::v1::BriefChanged& event);

}  // namespace wenming::dashboard
