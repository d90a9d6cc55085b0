#include "runtime/dispatcher.h"

#include <gmock/gmock.h>

#include "wenming/operations/v1/operations.pb.h"

namespace wenming::runtime {
namespace {

using operations::v1::OperationsService;
using ::testing::HasSubstr;
using ::testing::Not;

/// A service whose contract has nothing but operations, which stand outside its table.
class OperationsTest : public ::testing::Test {
 protected:
  const contract::Contract contract_{{OperationsService::descriptor()}};
  const std::shared_ptr<RunningService> service_ =
      std::make_shared<RunningService>(domain::Service("operations", {OperationsService::descriptor()}, {}));
  Dispatcher dispatcher_{contract_, {service_}, nullptr, nullptr, nullptr, nullptr, {}};
};

TEST_F(OperationsTest, AreNamedAtStartWhereNothingStandsBehindThem) {
  const OperationFunction nothing = [](const auto&, const auto&) { return nullptr; };
  dispatcher_.add_operation(*OperationsService::descriptor()->FindMethodByName("GetRebuild"), nothing);
  try {
    dispatcher_.check();
    FAIL() << "four rpcs are bound to nothing";
  } catch (const std::logic_error& fault) {
    EXPECT_THAT(fault.what(), HasSubstr("wenming.operations.v1.OperationsService.StartRebuild"));
    EXPECT_THAT(fault.what(), Not(HasSubstr("GetRebuild")));
  }
}

TEST_F(OperationsTest, MayBeBoundOneByOne) {
  const auto* const service = OperationsService::descriptor();
  for (int i = 0; i < service->method_count(); ++i)
    dispatcher_.add_operation(*service->method(i), [](const auto&, const auto&) { return nullptr; });
  EXPECT_NO_THROW(dispatcher_.check());
}

}  // namespace
}  // namespace wenming::runtime
