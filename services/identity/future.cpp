#include "identity/future.h"

#include <chrono>
#include <string>

#include "domain/refusal.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity {

core::Timestamp require_future(domain::ReadTx& tx, std::string_view field, const google::protobuf::Timestamp& moment,
                               int longest_days) {
  const core::Timestamp given = domain::from_proto(moment);
  if (given <= tx.now() || given > tx.now() + std::chrono::days(longest_days)) {
    throw domain::Refusal(v1::PROBLEM_MOMENT_OUT_OF_RANGE,
                          {{"field", std::string(field)}, {"days", std::to_string(longest_days)}});
  }
  return given;
}

}  // namespace wenming::identity
