#include "contract/contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "contract/check.h"
#include "contract/descriptors.h"
#include "contract/testdata/faulty.pb.h"
#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

using ::testing::HasSubstr;
namespace trees = testing::v1;
namespace faulty = testing::faulty::v1;

const Method& method(const Contract& contract, std::string_view name) {
  const auto& methods = contract.methods();
  return **std::find_if(methods.begin(), methods.end(), [&](const auto& m) { return m->name() == name; });
}

std::string faults_of(const google::protobuf::ServiceDescriptor* service) {
  try {
    const Contract contract({service});
    return "none";
  } catch (const std::logic_error& error) {
    return error.what();
  }
}

TEST(ContractTest, ReadsEveryMethodOfItsServices) {
  const Contract contract({trees::TreeService::descriptor()});
  EXPECT_EQ(contract.methods().size(), 12U);
  const Method& plant = method(contract, "PlantTree");
  EXPECT_EQ(plant.verb, Verb::Post);
  EXPECT_EQ(plant.path, "/v1/trees");
  EXPECT_EQ(plant.kind, v1::KIND_COMMAND);
  EXPECT_EQ(plant.request, &trees::PlantTreeRequest::default_instance());
  EXPECT_EQ(plant.unit->name(), "unit_id");
  EXPECT_EQ(plant.resource_id, nullptr);
  EXPECT_TRUE(plant.writes());
}

TEST(ContractTest, TakesAGetForAQuery) {
  const Contract contract({trees::TreeService::descriptor()});
  EXPECT_EQ(method(contract, "GetTree").kind, v1::KIND_QUERY);
  EXPECT_EQ(method(contract, "GetTree").resource_id->name(), "tree_id");
  EXPECT_TRUE(method(contract, "ListTrees").is_list());
  EXPECT_TRUE(method(contract, "StreamTrees").is_live());
}

std::string faults_of_events(const google::protobuf::FileDescriptor& file) {
  Faults faults;
  check_events(file, faults);
  try {
    faults.throw_if_any();
    return "none";
  } catch (const std::logic_error& error) {
    return error.what();
  }
}

TEST(ContractTest, LetsNoEventCarryWhatIsPersonal) {
  for (const google::protobuf::FileDescriptor* const file : all_files()) EXPECT_EQ(faults_of_events(*file), "none");
  EXPECT_THAT(faults_of_events(*faulty::FaultyMethods::descriptor()->file()),
              HasSubstr("PersonMoved is an event, and carries the personal datum "
                        "wenming.contract.testing.faulty.v1.MovedPerson.name"));
}

TEST(ContractTest, NamesAllFaultsOfMethodsAtOnce) {
  const std::string faults = faults_of(faulty::FaultyMethods::descriptor());
  const std::string prefix = "wenming.contract.testing.faulty.v1.FaultyMethods.";
  for (const char* fault : {
           "WithoutOption has no option",
           "WithoutRoute has no verb and path",
           "WithoutAllow says nowhere who may call it",
           "WithoutRole has an `allow` without a role",
           "WithoutCondition has an `allow` without a condition",
           "GrantedRoleAlways gives ROLE_ADMIN, which is granted on a subtree, the condition WHEN_ALWAYS",
           "UnknownAnonymousField names the anonymous_field `name`, but the request has no such bool",
           "LockOutsideOfThePath has the lock `name`, but is no command with such a text in its path",
           "UnknownParent names the parent `forest`, but is no PUT of a `resource` whose request has a text "
           "`forest_id`",
           "RelatedWithoutKind has the condition WHEN_RELATED, but names no kind (`related`)",
           "RelatedWithoutKind gives ROLE_CITIZEN the condition WHEN_RELATED, but nobody knows whom",
           "RelatedWithoutKind has the condition WHEN_RELATED, but nothing in the request decides it",
           "KindWithoutRelated names kinds of relation beside a condition other than WHEN_RELATED",
           "RelatedThroughNoUnit names RELATION_KIND_UNSPECIFIED",
           "RelatedThroughNoUnit gives ROLE_USER, which is granted on no unit, what the units of "
           "RELATION_KIND_GUARANTOR hold",
           "Undecidable has the condition WHEN_WITHIN_UNIT, but nothing in the request decides it",
           "OnATakenRoute path `/c` is that of wenming.contract.testing.faulty.v1.FaultyMethods.WithoutCondition "
           "already",
           "WithUnknownPathField has {tree_id} in its path, but the request has no such field",
           "WithRepeatedPathField has {names} in its path, but a path cannot carry its type",
           "WithBrokenPath path `/g/x{name}` has a segment that is neither a word nor a {field}",
           "WithActionInside path `/h:do/{name}` has an action that does not end it",
           "GetThatWrites is a GET that writes",
           "FileWithoutContent takes a file, but the request has no text or bytes field `content`",
           "WithOddStatus has a `success_status` that is none of success",
           "UnknownUnitField names the unit_field `unit_id`, but the request has no such text field",
           "UnpagedList is a list, but its request lacks `page_size`",
           "UnpagedList is a list, but its answer lacks an optional `total`",
           "TakesAStream takes a stream",
       }) {
    EXPECT_THAT(faults, HasSubstr(prefix + fault));
  }
  EXPECT_THAT(faults, HasSubstr("Outer.request cannot be given in a query"));
}

TEST(ContractTest, NamesAllFaultsOfFieldsEnumsAndProblemsAtOnce) {
  const std::string faults = faults_of(faulty::FaultyMessages::descriptor());
  for (const char* fault : {
           "FaultyRequest.labels: contracts have no fields of type message (map)",
           "FaultyRequest.weight: contracts have no fields of type float",
           "FaultyRequest.required_zero is required and may be zero",
           "FaultyRequest.broken_pattern pattern `(a|b)`: ( at 0 is not supported",
           "FaultyRequest.ranged_text has a range, but is no number",
           "FaultyRequest.long_number has a length, but is neither text nor bytes nor repeated",
           "FaultyRequest.formatted_number has a pattern or format, but is no text",
           "FaultyRequest.turned_lengths has a min_length above its max_length",
           "FaultyRequest.raw_example has an example that is no JSON",
           "FaultyRequest.turned_range has a minimum above its maximum",
           "FaultyRequest.other_mask is a FieldMask that is not the `update_mask` of a merge patch",
           "FaultyRequest.required_output is both required and set by the server",
           "Bare does not begin with a value `…_UNSPECIFIED = 0`",
           "OTHERWISE lacks the prefix MIXED_",
           "PROBLEM_WITHOUT_TEXT lacks its English or Chinese text",
           "PROBLEM_WITHOUT_STATUS has no status of an error",
       }) {
    EXPECT_THAT(faults, HasSubstr(fault));
  }
}

}  // namespace
}  // namespace wenming::contract
