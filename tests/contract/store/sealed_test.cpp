// Personal data in a database: on each kind of database, through a service that does nothing but keep some.
#include "domain/sealed.h"

#include <gmock/gmock.h>

#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/encoding.h"
#include "domain/many.h"
#include "domain/person_keys.h"
#include "ledger.pb.h"
#include "store/service_store.h"
#include "testing/database.h"
#include "testing/service_fixture.h"

namespace wenming::store {
namespace {

using domain::Lookup;
using domain::Opener;
using domain::Person;
using domain::SealedColumn;
using domain::SealedField;
using domain::Tx;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr SealedColumn kName{"persons", "sealed_name"};
constexpr SealedColumn kPhone{"persons", "sealed_phone"};
constexpr std::array kFields{SealedField{kName, "holder"}};

constexpr core::EmbeddedFile kSchema[] = {
    {"0001_persons.sql",
     "CREATE TABLE persons (id TEXT NOT NULL PRIMARY KEY, person_id TEXT NOT NULL, sealed_name BYTEA, sealed_phone "
     "BYTEA, phone_lookup BYTEA, plain TEXT);"}};

domain::Service keeper() {
  domain::Service service("keeper", {}, kSchema);
  service.keeps_personal_data().upgrade([](Tx& tx) -> std::int64_t {
    std::vector<std::pair<std::string, std::string>> plain;
    for (const auto& row : tx.query("SELECT id, plain FROM persons WHERE plain IS NOT NULL ORDER BY id LIMIT 2"))
      plain.emplace_back(row.text(0), row.text(1));
    for (const auto& [id, name] : plain)
      tx.run("UPDATE persons SET sealed_name = $2, plain = NULL WHERE id = $1", id,
             Person::of(tx, id).seal(tx, kName, id, name));
    return static_cast<std::int64_t>(plain.size());
  });
  return service;
}

class SealedTest : public testing::ServiceFixture {
 protected:
  SealedTest() : ServiceFixture(keeper()) {}

  /// A row with the name and phone of a person; its id, and the person's unless said otherwise.
  std::string keep(const std::string& name, const std::string& phone = {}, const std::string& person_id = {}) {
    std::string id;
    work([&](Tx& tx) {
      id = tx.new_id();
      const Person person = Person::of(tx, person_id.empty() ? id : person_id);
      tx.run("INSERT INTO persons (id, person_id, sealed_name, sealed_phone, phone_lookup) VALUES ($1, $2, $3, $4, $5)",
             id, person.id(), person.seal(tx, kName, id, name), person.seal(tx, kPhone, id, phone),
             Lookup::of(tx, kPhone, phone));
    });
    return id;
  }
  std::string name_of(const std::string& id) {
    return read([&](domain::ReadTx& tx) {
      const auto cell = cell_of(tx, id, "sealed_name");
      return Opener(tx).open(kName, id, cell);
    });
  }
  static std::string cell_of(domain::ReadTx& tx, const std::string& id, const std::string& column) {
    for (const auto& row : tx.query("SELECT " + column + " FROM persons WHERE id = $1", id))
      return std::string(row.blob(0));
    throw std::logic_error("no such row");
  }
  bool erase(const std::string& person_id) {
    bool erased = false;
    work([&](Tx& tx) { erased = domain::erase_person(tx, person_id); });
    return erased;
  }
};

TEST_F(SealedTest, OpensWhatWasSealedAndKeepsNoneOfItReadable) {
  const std::string id = keep("澹台玛瑙", "15857140283");
  EXPECT_EQ(name_of(id), "澹台玛瑙");
  read([&](domain::ReadTx& tx) {
    EXPECT_THAT(cell_of(tx, id, "sealed_name"), Not(HasSubstr("澹台")));
    EXPECT_THAT(cell_of(tx, id, "sealed_phone"), Not(HasSubstr("158")));
    return 0;
  });
}

TEST_F(SealedTest, KeepsNothingWhereThereIsNothing) {
  const std::string id = keep("澹台玛瑙");
  EXPECT_EQ(value<std::int64_t>("SELECT 1 FROM persons WHERE sealed_phone IS NULL AND phone_lookup IS NULL"), 1);
  EXPECT_EQ(read([&](domain::ReadTx& tx) { return Opener(tx).open(kPhone, id, {}); }), "");
}

TEST_F(SealedTest, SealsTheSameTextDifferentlyEachTime) {
  const std::string first = keep("澹台玛瑙");
  const std::string second = keep("澹台玛瑙", {}, first);
  read([&](domain::ReadTx& tx) {
    EXPECT_NE(cell_of(tx, first, "sealed_name"), cell_of(tx, second, "sealed_name"));
    return 0;
  });
}

TEST_F(SealedTest, OpensNothingThatWasPutIntoAnotherRowOrColumn) {
  const std::string id = keep("澹台玛瑙");
  const std::string other = keep("公冶琉璃", {}, id);
  read([&](domain::ReadTx& tx) {
    Opener opener(tx);
    const std::string cell = cell_of(tx, id, "sealed_name");
    EXPECT_THROW(static_cast<void>(opener.open(kName, other, cell)), std::runtime_error);
    EXPECT_THROW(static_cast<void>(opener.open(kPhone, id, cell)), std::runtime_error);
    EXPECT_THROW(static_cast<void>(opener.open(kName, id, "澹台玛瑙 in the clear")), std::runtime_error);
    EXPECT_EQ(opener.open(kName, id, cell), "澹台玛瑙");
    return 0;
  });
}

TEST_F(SealedTest, ForgetsAPersonInAllTheirRowsAndNobodyElse) {
  const std::string id = keep("澹台玛瑙", "15857140283");
  const std::string again = keep("澹台玛瑙", {}, id);
  const std::string other = keep("公冶琉璃");
  EXPECT_TRUE(erase(id));
  EXPECT_EQ(name_of(id), "");
  EXPECT_EQ(name_of(again), "");
  EXPECT_EQ(name_of(other), "公冶琉璃");
  EXPECT_FALSE(erase(id));
}

TEST_F(SealedTest, FindsRowsByAWholeValueAndInTheirOwnColumnOnly) {
  const std::string id = keep("澹台玛瑙", "15857140283");
  read([&](domain::ReadTx& tx) {
    const auto found = [&](const Lookup& lookup) {
      return tx.value<std::string>("SELECT id FROM persons WHERE phone_lookup = $1", lookup).value_or("");
    };
    EXPECT_EQ(found(Lookup::of(tx, kPhone, "15857140283")), id);
    EXPECT_EQ(found(Lookup::of(tx, kPhone, "1585714028")), "");
    EXPECT_EQ(found(Lookup::of(tx, kName, "15857140283")), "");
    return 0;
  });
}

TEST_F(SealedTest, FillsMessagesAndOpensThem) {
  std::vector<std::string> ids;
  for (int i = 0; i < 150; ++i) ids.push_back(keep("人" + std::to_string(i)));
  const std::string erased = ids[7];
  erase(erased);
  const auto accounts = read([&](domain::ReadTx& tx) {
    auto filled = tx.all<ledger::v1::Account>("SELECT id, sealed_name AS holder FROM persons ORDER BY id");
    std::vector<google::protobuf::Message*> messages;
    for (auto& account : filled) messages.push_back(&account);
    domain::unseal(tx, messages, kFields);
    return filled;
  });
  ASSERT_EQ(accounts.size(), 150U);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(accounts[i].id(), ids[i]);
    EXPECT_EQ(accounts[i].holder(), ids[i] == erased ? "" : "人" + std::to_string(i));
  }
}

TEST_F(SealedTest, TakesNothingElseIntoAColumnOfPersonalData) {
  // With the text in the place of the statement these lines would not compile.
  const std::string insert = "INSERT INTO persons (id, person_id, sealed_name) VALUES ($1, $1, $2)";
  EXPECT_THROW(work([&](Tx& tx) { tx.run(insert, "1", "澹台玛瑙"); }), std::logic_error);
  EXPECT_THROW(work([&](Tx& tx) { tx.run(insert, "1", domain::Blob{"澹台玛瑙"}); }), std::logic_error);
  EXPECT_THROW(work([&](Tx& tx) { tx.query(insert + " RETURNING id", "1", "澹台玛瑙"); }), std::logic_error);
  const std::string update = "UPDATE persons SET person_id = $1, sealed_name = $2";
  EXPECT_THROW(work([&](Tx& tx) { tx.run(update, "1", "澹台玛瑙"); }), std::logic_error);
  EXPECT_THROW(work([&](Tx& tx) { tx.run(std::string("UPDATE persons SET sealed_name = 'x'")); }), std::logic_error);
  const auto many = domain::Many::rows("INSERT INTO persons (id, person_id, sealed_name) VALUES", 3);
  const std::vector<domain::Value> rows{domain::to_value("1"), domain::to_value("1"), domain::to_value(std::nullopt),
                                        domain::to_value("2"), domain::to_value("2"), domain::to_value("澹台玛瑙")};
  EXPECT_THROW(work([&](Tx& tx) { many.run(tx, rows); }), std::logic_error);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM persons"), 0);
  work([&](Tx& tx) { tx.run(insert, "1", std::nullopt); });
}

TEST_F(SealedTest, ReadsEverythingWhileKeysAreExchangedAndAfterwards) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(keep("人" + std::to_string(i)));
  std::string old;
  exchange_keys([&](domain::KeyRing& ring) {
    core::SystemRandom random;
    old = ring.current();
    ring.use(ring.add(random));
  });
  keys().read_anew();
  ids.push_back(keep("人5"));
  std::vector<std::int64_t> left;
  domain::Rewrapped done;
  while (!done.all) {
    work([&](Tx& tx) { done = domain::rewrap_person_keys(tx, 2); });
    left.push_back(read([](domain::ReadTx& tx) { return domain::person_keys_to_rewrap(tx); }));
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(name_of(ids[i]), "人" + std::to_string(i));
  }
  EXPECT_EQ(left, (std::vector<std::int64_t>{3, 1, 0}));
  exchange_keys([&](domain::KeyRing& ring) { ring.remove(old); });
  keys().read_anew();
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(name_of(ids[i]), "人" + std::to_string(i));
}

TEST_F(SealedTest, LearnsOfAKeyThatAnotherProcessUsesFromTheFile) {
  const std::string id = keep("澹台玛瑙");
  // Another process has a file with one more key, and uses it.
  std::string other;
  exchange_keys([&](domain::KeyRing& ring) {
    core::SystemRandom random;
    ring.use(ring.add(random));
    other = ring.current();
  });
  work([&](Tx& tx) {
    EXPECT_FALSE(tx.keys().ring()->holds(other));
    EXPECT_TRUE(tx.keys().holding(other)->holds(other));
  });
  EXPECT_EQ(name_of(id), "澹台玛瑙");
}

/// The same database with other keys.
class SealedDatabaseTest : public ::testing::Test {
 protected:
  static std::string fresh_file() {
    core::SystemRandom random;
    return domain::KeyRing::make(random).text();
  }
  void open(const std::string& file, bool keep_one = false) {
    StoreOptions options;
    options.keys = std::make_shared<domain::Keys>([file] { return domain::KeyRing::parse(file); });
    const auto store = open_store(testing::open_database(folder_), service_, contract_, options);
    if (keep_one) {
      std::promise<void> done;
      store->work(
          "test",
          [](Tx& tx) {
            for (int i = 0; i < 5; ++i) {
              const std::string id = tx.new_id();
              tx.run("INSERT INTO persons (id, person_id, plain) VALUES ($1, $1, $2)", id, "澹台玛瑙");
            }
            Person::of(tx, tx.new_id());
          },
          [&](const std::exception_ptr&) { done.set_value(); });
      done.get_future().wait();
    }
    store->read([&](domain::ReadTx& tx) {
      plain_ = tx.value<std::int64_t>("SELECT COUNT(*) FROM persons WHERE plain IS NOT NULL").value();
      sealed_ = tx.value<std::int64_t>("SELECT COUNT(*) FROM persons WHERE sealed_name IS NOT NULL").value();
    });
    store->stop();
  }
  std::string refusal_of(const std::string& file) {
    try {
      open(file);
      return "opened";
    } catch (const std::runtime_error& fault) {
      return fault.what();
    }
  }

  const testing::TemporaryFolder folder_;
  const domain::Service service_ = keeper();
  const contract::Contract contract_{{}};
  std::int64_t plain_ = 0, sealed_ = 0;
};

TEST_F(SealedDatabaseTest, SealsWhatAnEarlierVersionLeftInTheClearAtTheNextStart) {
  const std::string file = fresh_file();
  open(file, true);
  EXPECT_EQ(plain_, 5);
  open(file);
  EXPECT_EQ(plain_, 0);
  EXPECT_EQ(sealed_, 5);
}

TEST_F(SealedDatabaseTest, IsNotOpenedWithTheKeysOfAnotherInstallation) {
  const std::string file = fresh_file();
  open(file, true);
  const std::string other = fresh_file();
  EXPECT_THAT(refusal_of(other), HasSubstr("put back the file that belongs to this installation"));
  EXPECT_THAT(refusal_of(other), HasSubstr("lacks the key " + domain::KeyRing::parse(file).current()));
  EXPECT_EQ(refusal_of(file), "opened");
}

TEST_F(SealedDatabaseTest, IsNotOpenedWithAnotherLookUpKey) {
  const std::string file = fresh_file();
  open(file);
  const std::string lookup = "lookup " + core::base64url(std::string(32, 'x')) + "\n";
  const std::size_t at = file.find("lookup ");
  EXPECT_THAT(refusal_of(std::string(file).replace(at, lookup.size(), lookup)), HasSubstr("the look-up key"));
}

}  // namespace
}  // namespace wenming::store
