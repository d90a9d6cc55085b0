#pragma once

#include <string_view>

#include "wenming/hotline/v1/cases.pb.h"

/// What people call the properties of a case, for files that they read in a spreadsheet. The texts live for ever; what
/// is not stated is empty.
namespace wenming::hotline::words {

std::string_view chinese(v1::Channel channel);
std::string_view chinese(v1::CaseKind kind);
std::string_view chinese(v1::CaseState state);
std::string_view chinese(v1::Urgency urgency);

}  // namespace wenming::hotline::words
