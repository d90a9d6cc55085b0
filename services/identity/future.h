#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <string_view>

#include "core/time.h"
#include "domain/tx.h"

namespace wenming::identity {

/// The moment, or the refusal `moment_out_of_range` naming the field, where it has passed or lies further off than
/// that.
core::Timestamp require_future(domain::ReadTx& tx, std::string_view field, const google::protobuf::Timestamp& moment,
                               int longest_days);

}  // namespace wenming::identity
