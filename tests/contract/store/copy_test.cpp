#include "store/copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "ledger_fixture.h"
#include "store/migrations.h"
#include "store/service_store.h"

namespace wenming::store {
namespace {

using domain::Blob;
using domain::to_value;
using domain::Value;
using ::testing::HasSubstr;

constexpr std::string_view kThings =
    "CREATE TABLE things (kind TEXT NOT NULL, part BIGINT NOT NULL, flag BOOLEAN NOT NULL, perhaps BOOLEAN, n BIGINT, "
    "r DOUBLE PRECISION, t TEXT, x BYTEA, PRIMARY KEY (part, kind));"
    "CREATE TABLE flags (flag BOOLEAN NOT NULL, x BYTEA NOT NULL, PRIMARY KEY (flag, x));"
    "CREATE TABLE keyless (last BIGINT NOT NULL);"
    "INSERT INTO keyless (last) VALUES (0);";

/// Every cell of every table that is copied, by table. Compared as a whole: nobody reads some megabytes of difference.
std::map<std::string, std::string> dump(Snapshot& snapshot) {
  std::map<std::string, std::string> texts;
  for (const Table& table : snapshot.tables()) {
    std::string& text = texts[table.name];
    std::string columns, key;
    for (const auto& column : table.columns) columns += (columns.empty() ? "" : ", ") + column.name;
    for (const auto& column : table.key) key += (key.empty() ? "" : ", ") + column.name;
    const auto cursor =
        snapshot.connection().query("SELECT " + columns + " FROM " + table.name + " ORDER BY " + key, {});
    while (cursor->next()) {
      if (table.name == "store_facts" && domain::Row(*cursor).text(0) == "copied_from") continue;
      for (int i = 0; i < cursor->columns(); ++i) {
        std::visit(
            [&]<class T>(const T& cell) {
              if constexpr (std::same_as<T, std::monostate>) {
                text += "NULL";
              } else if constexpr (std::same_as<T, Blob>) {
                text.append("x").append(cell.bytes);
              } else if constexpr (std::same_as<T, std::string_view>) {
                text.append("t").append(cell);
              } else {
                text.append(std::to_string(cell)).append(std::same_as<T, double> ? "r" : "n");
              }
              text += '|';
            },
            cursor->at(i));
      }
      text += '\n';
    }
  }
  return texts;
}

void no_progress(const std::string& /*table*/, std::int64_t /*rows*/) {}
void no_changes(Connection& /*connection*/) {}

/// A ledger with some history, and tables of every type, copied to each kind of database.
class CopyTest : public LedgerFixture {
 protected:
  CopyTest() {
    account_ = open_account("李华").id();
    for (int i = 1; i <= 30; ++i) account(deposit(account_, 2, "key " + std::to_string(i)));
    close();
    const auto source = GetParam().open(folder_);
    const auto writer = source->open_writer();
    migrate(*writer, source->foreign_ending(), sets_, clock_->now());
    writer->begin();
    fill(*writer);
    writer->commit();
    snapshot_.renew();
  }

  static void put(Connection& to, const std::array<Value, 8>& row) {
    to.execute("INSERT INTO things (kind, part, flag, perhaps, n, r, t, x) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
               row);
  }
  static void fill(Connection& to) {
    using Limits = std::numeric_limits<std::int64_t>;
    const std::string big(3'000'000, 'b'), bytes("\0\xff\n'", 4);
    const Value null = std::monostate{};
    put(to, {"empty", -1, true, null, null, null, "", Blob{""}});
    put(to, {"null", -1, false, null, null, null, null, null});
    put(to, {"least", Limits::min(), true, false, Limits::min(), -1.5e308, "文明城市，第一页", Blob{bytes}});
    put(to, {"most", Limits::max(), false, true, Limits::max(), 5e-324, "𠀀 \"quoted\" 'texts'\n", Blob{bytes}});
    for (const char* kind : {"big 1", "big 2", "big 3"}) put(to, {kind, 0, true, true, 1, 0.1, big, Blob{big}});
    for (std::int64_t i = 1; i <= 5'000; ++i) {
      const std::string text = "第" + std::to_string(i) + "条";
      put(to, {i % 2 == 0 ? "even" : "odd", i / 2, i % 3 == 0, i % 5 == 0 ? null : Value(i % 7 == 0), i,
               0.25 * static_cast<double>(i), i % 11 == 0 ? null : to_value(text), Blob{text}});
    }
    for (int i = 0; i < 300; ++i) {
      const std::string key = std::to_string(i * 7 % 300);
      const std::array<Value, 2> row{to_value(i % 2 == 0), Blob{key}};
      to.execute("INSERT INTO flags (flag, x) VALUES ($1, $2)", row);
    }
    to.execute("UPDATE keyless SET last = 77", {});
  }

  static std::map<std::string, std::string> dump_of(Engine& engine) {
    Snapshot snapshot(engine);
    return dump(snapshot);
  }

  /// Each kind of database once, empty.
  template <class Body>
  void for_each_destination(Body body) {
    for (const EngineKind& kind : engine_kinds()) {
      SCOPED_TRACE("to " + kind.name);
      const testing::TemporaryFolder folder;
      const auto engine = kind.open(folder);
      body(kind, folder, *engine);
    }
  }
  void copy_to(Engine& destination) {
    DatabaseCopy copy(snapshot_, destination);
    copy.begin(sets_, clock_->now());
    copy.run(no_progress);
    copy.check();
    copy.release(no_changes);
  }
  static std::string refusal(const std::function<void()>& body) {
    try {
      body();
    } catch (const std::runtime_error& refused) {
      return refused.what();
    }
    return "nothing was refused";
  }

  const std::vector<MigrationSet> sets_ = schemas_of(service_, {{"things", {{"0001_things.sql", kThings}}}});
  std::string account_;
  const std::unique_ptr<Engine> source_ = GetParam().open(folder_);
  Snapshot snapshot_{*source_};
};

TEST_P(CopyTest, CopiesEveryCellAndTheStoreGoesOnFromThere) {
  for_each_destination([&](const EngineKind& kind, const testing::TemporaryFolder& folder, Engine& destination) {
    DatabaseCopy copy(snapshot_, destination);
    copy.begin(sets_, clock_->now());
    std::map<std::string, std::int64_t> told;
    copy.run([&](const std::string& table, std::int64_t rows) { told[table] = rows; });
    const AuditReport report = copy.check();
    EXPECT_EQ(report.rows, 31);
    EXPECT_FALSE(report.broken);
    copy.release(no_changes);
    EXPECT_EQ(told, copy.rows());
    EXPECT_EQ(told.at("things"), 5'007);
    EXPECT_TRUE(dump_of(destination) == dump(snapshot_));

    StoreOptions options;
    options.clock = clock_;
    const auto store = open_store(kind.open(folder), service_, contract_, std::move(options));
    const auto again = [&](std::int64_t amount, const std::string& key) {
      const auto promised = std::make_shared<std::promise<Outcome>>();
      store->submit(deposit(account_, amount, key),
                    [promised](Outcome outcome) { promised->set_value(std::move(outcome)); });
      return wait(promised->get_future());
    };
    EXPECT_TRUE(again(2, "key 30").replayed);
    EXPECT_EQ(again(5, "another key").sequence, 32);
    EXPECT_EQ(store->epoch(), snapshot_.epochs().current());
    store->stop();
    EXPECT_FALSE(verify(*destination.open_reader()).broken);
  });
}

TEST_P(CopyTest, GoesOnWhereverItWasInterrupted) {
  for_each_destination([&](const EngineKind& kind, const testing::TemporaryFolder& folder, Engine& destination) {
    int attempts = 0;
    for (bool done = false; !done; ++attempts) {
      const auto faults = std::make_shared<Faults>();
      faults->at_commit = [commits = 0, attempts](Connection&) mutable {
        // First where the tables are made, then behind the first page, then always behind one more.
        if (commits++ == std::min(attempts, 1)) throw EngineError(EngineError::Kind::Unreachable, "cut off");
      };
      FaultyEngine faulty(kind.open(folder), faults);
      try {
        copy_to(faulty);
        done = true;
      } catch (const EngineError& fault) {
        ASSERT_STREQ(fault.what(), "cut off");
      }
    }
    EXPECT_GT(attempts, 15);
    EXPECT_TRUE(dump_of(destination) == dump(snapshot_));
    EXPECT_TRUE(DatabaseCopy(snapshot_, destination).released()) << "once more finds that all is done";
  });
}

TEST_P(CopyTest, NoStoreOpensACopyThatIsNotReleased) {
  for_each_destination([&](const EngineKind& kind, const testing::TemporaryFolder& folder, Engine& destination) {
    const auto open = [&] { open_store(kind.open(folder), service_, contract_, {}); };
    DatabaseCopy copy(snapshot_, destination);
    copy.begin(sets_, clock_->now());
    EXPECT_THAT(refusal(open), HasSubstr("run the same"));
    copy.run(no_progress);
    copy.check();
    EXPECT_THAT(refusal(open), HasSubstr("run the same"));
    copy.release(no_changes);
    EXPECT_EQ(refusal(open), "nothing was refused");
  });
}

TEST_P(CopyTest, RefusesADatabaseThatHoldsSomething) {
  for_each_destination([&](const EngineKind& kind, const testing::TemporaryFolder& folder, Engine& destination) {
    DatabaseCopy late(snapshot_, destination);
    open_store(kind.open(folder), service_, contract_, {})->stop();
    EXPECT_THAT(refusal([&] { copy_to(destination); }), HasSubstr("holds data already"));
    EXPECT_THAT(refusal([&] { late.begin(sets_, clock_->now()); }), HasSubstr("somebody else"));
  });
}

TEST_P(CopyTest, RefusesToMixTwoStatesOfTheSource) {
  for_each_destination([&](const EngineKind&, const testing::TemporaryFolder&, Engine& destination) {
    DatabaseCopy(snapshot_, destination).begin(sets_, clock_->now());
    source_->open_writer()->execute("DELETE FROM things WHERE part = (SELECT MAX(part) FROM things)", {});
    snapshot_.renew();
    EXPECT_THAT(refusal([&] { copy_to(destination); }), HasSubstr("another state"));
  });
}

TEST_P(CopyTest, FindsACopyThatDiffers) {
  for_each_destination([&](const EngineKind&, const testing::TemporaryFolder&, Engine& destination) {
    DatabaseCopy copy(snapshot_, destination);
    copy.begin(sets_, clock_->now());
    copy.run(no_progress);
    copy.check();
    const auto writer = destination.open_writer();
    writer->execute("UPDATE journal SET caller = 'somebody else' WHERE sequence = 3", {});
    EXPECT_THAT(refusal([&] { copy.check(); }), HasSubstr("journal"));
    writer->execute("DELETE FROM things WHERE kind = 'least'", {});
    EXPECT_THAT(refusal([&] { copy.check(); }), HasSubstr("things has 5007 rows, and its copy 5006"));
  });
}

TEST_P(CopyTest, ReadsOneStateWhileOthersWrite) {
  for_each_destination([&](const EngineKind&, const testing::TemporaryFolder&, Engine& destination) {
    const auto before = dump(snapshot_);
    DatabaseCopy copy(snapshot_, destination);
    copy.begin(sets_, clock_->now());
    const auto writer = source_->open_writer();
    writer->execute("DELETE FROM things WHERE kind = 'odd' AND part > 0", {});
    copy.run(no_progress);
    copy.check();
    EXPECT_TRUE(dump_of(destination) == before);
  });
}

TEST_P(CopyTest, RefusesASourceOfANewerProgram) {
  for_each_destination([&](const EngineKind&, const testing::TemporaryFolder&, Engine& destination) {
    const auto older = std::span(sets_).first(sets_.size() - 1);
    EXPECT_THAT(refusal([&] { DatabaseCopy(snapshot_, destination).begin(older, clock_->now()); }), HasSubstr("newer"));
  });
}

INSTANTIATE_TEST_SUITE_P(Engines, CopyTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
