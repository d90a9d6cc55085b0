// The tables that identity writes in its own commands, against those that a service keeps from identity's events.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

#include "identity/identity_fixture.h"
#include "reference/reference.h"

namespace wenming::identity {
namespace {

/// The database of some other service.
class Replica : public testing::ServiceFixture {
 public:
  Replica() : ServiceFixture(reference::replica()) {}
  using ServiceFixture::deliver;
  using ServiceFixture::store;

 private:
  void TestBody() override {}
};

std::vector<std::string> tree(store::Store& store) {
  std::vector<std::string> all;
  store.read([&](domain::ReadTx& tx) {
    all = rows_of(tx, "SELECT id, valid_from, valid_to, parent_id, code, name, level FROM organisations ORDER BY 1, 2",
                  7);
    const auto lines = rows_of(tx,
                               "SELECT unit_id, ancestor_id, valid_from, valid_to, CAST(depth AS TEXT) "
                               "FROM organisation_ancestors ORDER BY 1, 2, 3",
                               5);
    all.insert(all.end(), lines.begin(), lines.end());
  });
  return all;
}

class ReplicaTest : public IdentityFixture {
 protected:
  ReplicaTest() { RecordProperty("seed", std::to_string(seed)); }

  std::string any(const std::vector<std::string>& of) { return of[random() % of.size()]; }

  std::string some_day() {
    return "20" + std::to_string(20 + random() % 8) + "-0" + std::to_string(1 + random() % 9) + "-01";
  }

  /// One random change of the tree; what the rules refuse changes nothing.
  void edit(std::vector<std::string>& ids) {
    try {
      const auto what = random() % 3;
      if (what == 0 || ids.empty()) {
        const std::string parent = ids.empty() || random() % 5 == 0 ? "" : any(ids);
        ids.push_back(create("c" + std::to_string(ids.size()), parent, random() % 3 == 0 ? some_day() : "").id());
      } else if (what == 1) {
        v1::RenameOrganisationRequest request;
        request.set_organisation_id(any(ids));
        request.set_name("n" + std::to_string(random() % 10));
        request.set_effective_on(some_day());
        call<v1::Organisation>("RenameOrganisation", request, root());
      } else {
        v1::MoveOrganisationRequest request;
        request.set_organisation_id(any(ids));
        request.set_parent_id(random() % 6 == 0 ? "" : any(ids));
        request.set_effective_on(some_day());
        call<v1::Organisation>("MoveOrganisation", request, root());
      }
    } catch (const domain::Refusal&) {
    }
  }

  /// The events in an order that keeps those of one organisation in theirs.
  std::vector<v1::OrganisationChanged> shuffled(const std::vector<v1::OrganisationChanged>& events) {
    std::map<std::string, std::vector<v1::OrganisationChanged>> waiting;
    std::vector<std::string> keys;
    for (const v1::OrganisationChanged& event : events) {
      waiting[event.organisation_id()].push_back(event);
      keys.push_back(event.organisation_id());
    }
    std::shuffle(keys.begin(), keys.end(), random);
    std::map<std::string, std::size_t> next;
    std::vector<v1::OrganisationChanged> order;
    for (const std::string& key : keys) order.push_back(waiting[key][next[key]++]);
    return order;
  }

  const unsigned seed = std::random_device{}();
  std::mt19937 random{seed};
};

TEST_F(ReplicaTest, EqualsTheOwnersTreeInWhateverOrderItsEventsArrive) {
  std::vector<std::string> ids;
  for (int i = 0; i < 120; ++i) edit(ids);
  const auto events = published<v1::OrganisationChanged>();
  ASSERT_GT(events.size(), 30U);
  for (int round = 0; round < 3; ++round) {
    Replica replica;
    for (const v1::OrganisationChanged& event : shuffled(events)) replica.deliver(event);
    EXPECT_EQ(tree(replica.store()), tree(store())) << "seed " << seed;
  }
}

TEST_F(ReplicaTest, IsNotMovedByEventsThatComeTwiceOrTooLate) {
  std::vector<std::string> ids;
  for (int i = 0; i < 60; ++i) edit(ids);
  const auto events = published<v1::OrganisationChanged>();
  Replica replica;
  for (const v1::OrganisationChanged& event : events) replica.deliver(event);
  for (const v1::OrganisationChanged& event : shuffled(events)) replica.deliver(event);
  EXPECT_EQ(tree(replica.store()), tree(store())) << "seed " << seed;
}

TEST_F(ReplicaTest, AttachesAChildWhenItsParentArrives) {
  const auto top = create("top");
  const auto middle = create("middle", top.id());
  create("bottom", middle.id());
  const auto events = published<v1::OrganisationChanged>();
  Replica replica;
  replica.deliver(events[2]);
  replica.deliver(events[0]);
  EXPECT_EQ(tree(replica.store()).size(), 4U);  // two organisations, each only in its own line
  replica.deliver(events[1]);
  EXPECT_EQ(tree(replica.store()), tree(store()));
}

TEST_F(ReplicaTest, SurvivesACircleThatOnlyItSeesForAWhile) {
  const auto a = create("a");
  const auto b = create("b", a.id());
  v1::MoveOrganisationRequest request;
  request.set_organisation_id(b.id());
  call<v1::Organisation>("MoveOrganisation", request, root());
  request.set_organisation_id(a.id());
  request.set_parent_id(b.id());
  call<v1::Organisation>("MoveOrganisation", request, root());
  const auto events = published<v1::OrganisationChanged>();
  ASSERT_EQ(events.size(), 4U);
  Replica replica;
  for (const std::size_t i : {0U, 1U, 3U, 2U}) replica.deliver(events[i]);  // a stands below b before b has left a
  EXPECT_EQ(tree(replica.store()), tree(store()));
}

}  // namespace
}  // namespace wenming::identity
