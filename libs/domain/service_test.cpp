#include "domain/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/contract.h"
#include "trees.pb.h"

namespace wenming::domain {
namespace {

namespace v1 = contract::testing::v1;
using ::testing::HasSubstr;

v1::Tree plant(Tx&, const Caller&, const v1::PlantTreeRequest&) {
  return {};
}
v1::Tree get(ReadTx&, const Caller&, const v1::GetTreeRequest&) {
  return {};
}
v1::Tree update(Tx&, const Caller&, const v1::UpdateTreeRequest&) {
  return {};
}
v1::Tree remove(Tx&, const Caller&, const v1::RemoveTreeRequest&) {
  return {};
}
v1::ListTreesResponse list(ReadTx&, const Visibility&, const v1::ListTreesRequest&) {
  return {};
}
v1::Tree water(Tx&, const Caller&, const v1::WaterTreeRequest&) {
  return {};
}
v1::ImportTreesResponse import_trees(Tx&, const Caller&, const v1::ImportTreesRequest&) {
  return {};
}
v1::Tree tallest(ReadTx&, const Caller&, const v1::GetTallestTreeRequest&) {
  return {};
}
v1::ListTreesResponse stream(ReadTx&, const Caller&, const v1::StreamTreesRequest&) {
  return {};
}
std::string stream_key(const v1::StreamTreesRequest&) {
  return "trees";
}
v1::Note put_note(Tx&, const Caller&, const v1::PutNoteRequest&) {
  return {};
}
struct Reports {
  EdgeAnswer report(Edge&, const v1::ReportTreeRequest&) const { return {}; }
  EdgeAnswer show(Edge&, const v1::ShowReportRequest&) const { return {}; }
};
std::optional<Scope> scope(ReadTx&, std::string_view) {
  return std::nullopt;
}

class ServiceTest : public ::testing::Test {
 protected:
  static Service empty() { return Service("trees", {v1::TreeService::descriptor()}, {}); }
  static Service whole() {
    return empty()
        .command("PlantTree", &plant)
        .query("GetTree", &get)
        .command("UpdateTree", &update)
        .command("RemoveTree", &remove)
        .list("ListTrees", &list)
        .command("WaterTree", &water)
        .command("ImportTrees", &import_trees)
        .query("GetTallestTree", &tallest)
        .live("StreamTrees", &stream_key, &stream)
        .command("PutNote", &put_note)
        .edge("ReportTree", std::make_shared<Reports>(), &Reports::report)
        .edge("ShowReport", std::make_shared<Reports>(), &Reports::show)
        .resource("tree", &scope);
  }
  std::string faults_of(const Service& service) {
    try {
      service.check(contract_);
    } catch (const std::logic_error& fault) {
      return fault.what();
    }
    return "";
  }

  const contract::Contract contract_{{v1::TreeService::descriptor()}};
};

TEST_F(ServiceTest, TakesATableThatFitsItsContract) {
  EXPECT_EQ(faults_of(whole()), "");
}

TEST_F(ServiceTest, NamesEveryMethodWithoutAFunction) {
  const std::string faults = faults_of(empty().command("PlantTree", &plant));
  EXPECT_THAT(faults, HasSubstr("GetTree has no function"));
  EXPECT_THAT(faults, HasSubstr("StreamTrees has no function"));
  EXPECT_THAT(faults, HasSubstr("ReportTree has no function"));
  EXPECT_THAT(faults, Not(HasSubstr("PlantTree has no function")));
}

TEST_F(ServiceTest, NamesFunctionsOfNoMethod) {
  EXPECT_THAT(faults_of(whole().command("FellTree", &plant)), HasSubstr("FellTree has a function"));
}

TEST_F(ServiceTest, NamesFunctionsOfAnotherKind) {
  const std::string faults = faults_of(empty()
                                           .query("PlantTree", &get)
                                           .query("ListTrees", &get)
                                           .command("GetTree", &plant)
                                           .query("StreamTrees", &stream)
                                           .query("ShowReport", &stream));
  EXPECT_THAT(faults, HasSubstr("PlantTree is of kind KIND_COMMAND and must be bound as a command"));
  EXPECT_THAT(faults, HasSubstr("ListTrees is of kind KIND_QUERY and must be bound as a list"));
  EXPECT_THAT(faults, HasSubstr("GetTree is of kind KIND_QUERY and must be bound as a query"));
  EXPECT_THAT(faults, HasSubstr("StreamTrees is of kind KIND_QUERY and must be bound as live"));
  EXPECT_THAT(faults, HasSubstr("ShowReport is of kind KIND_EDGE and must be bound as an edge"));
}

TEST_F(ServiceTest, NamesFunctionsOfOtherTypes) {
  EXPECT_THAT(faults_of(empty().command("PutNote", &plant)),
              HasSubstr("PutNote takes wenming.contract.testing.v1.PutNoteRequest"));
}

TEST_F(ServiceTest, WantsToKnowHowTheScopeOfAResourceIsFound) {
  const std::string faults = faults_of(empty().query("GetTree", &get).command("UpdateTree", &update));
  EXPECT_THAT(faults, HasSubstr("GetTree needs the scope of a tree"));
  EXPECT_THAT(faults, HasSubstr("UpdateTree is a PATCH"));
}

TEST_F(ServiceTest, LetsAReadModelHaveNoCommands) {
  EXPECT_THAT(faults_of(whole().read_model()), HasSubstr("PlantTree writes, but the service is a read model"));
}

TEST_F(ServiceTest, RefusesToBindAMethodTwice) {
  EXPECT_THROW(empty().command("PlantTree", &plant).command("PlantTree", &plant), std::logic_error);
}

}  // namespace
}  // namespace wenming::domain
