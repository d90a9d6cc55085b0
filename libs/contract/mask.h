#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::contract {

/// Replaces personal texts by their masked form, clears other personal fields and those of FORMAT_SECRET, in place,
/// here and in the messages inside. For the journal and the logs. Any thread may call.
void mask(google::protobuf::Message& message);

/// The same for the answer to a caller: secrets stay, for the one answer that makes them tells them.
void mask_personal(google::protobuf::Message& message);

/// The masked form of one text: `李*`, `欧阳**`, `138****5678`, `***`. An empty text stays empty.
std::string masked(std::string_view text, v1::Personal kind);

}  // namespace wenming::contract
