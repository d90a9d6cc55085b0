#include "domain/value.h"

#include <gtest/gtest.h>

#include "wenming/contract/v1/annotations.pb.h"
#include "wenming/contract/v1/position.pb.h"

namespace wenming::domain {
namespace {

TEST(ValueTest, NamesEnumsWithoutThePrefixOfTheirType) {
  EXPECT_EQ(std::get<std::string_view>(to_value(contract::v1::ROLE_UNIT_HEAD)), "UNIT_HEAD");
  EXPECT_EQ(std::get<std::string_view>(to_value(contract::v1::DATUM_GCJ02)), "GCJ02");
  EXPECT_EQ(std::get<std::string_view>(to_value(contract::v1::WHEN_UNSPECIFIED)), "UNSPECIFIED");
}

TEST(ValueTest, TakesOffAPrefixOnlyWhereItIsOne) {
  EXPECT_EQ(without_prefix("HourStatus", "HOUR_STATUS_PENDING"), "PENDING");
  EXPECT_EQ(without_prefix("OrderV2State", "ORDER_V2_STATE_NEW"), "NEW");
  EXPECT_EQ(without_prefix("HourStatus", "HOUR_STATUS"), "HOUR_STATUS");
  EXPECT_EQ(without_prefix("HourStatus", "HOUR_STATUSES"), "HOUR_STATUSES");
  EXPECT_EQ(without_prefix("HourStatus", "PENDING"), "PENDING");
}

TEST(ValueTest, TakesAnEnumNumberWithoutANameForAMistake) {
  EXPECT_THROW(enum_text(*contract::v1::Role_descriptor(), 99), std::logic_error);
}

TEST(ValueTest, CarriesMomentsToMessagesAndBackToTheMicrosecond) {
  for (const std::int64_t micros : {0L, 1L, -1L, 1'772'672'400'000'001L, -62'135'596'800'000'000L}) {
    const google::protobuf::Timestamp proto = to_proto(core::Timestamp(micros));
    EXPECT_GE(proto.nanos(), 0);
    EXPECT_EQ(from_proto(proto), core::Timestamp(micros));
  }
}

TEST(ValueTest, StoresWhatIsNotStatedAsNull) {
  EXPECT_TRUE(std::holds_alternative<std::monostate>(to_value(std::optional<int>())));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(or_null("")));
  EXPECT_EQ(std::get<std::string_view>(or_null("x")), "x");
}

}  // namespace
}  // namespace wenming::domain
