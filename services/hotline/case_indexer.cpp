#include "hotline/case_indexer.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "core/text.h"
#include "domain/many.h"
#include "domain/position.h"
#include "search/postings.h"
#include "search/terms.h"

namespace wenming::hotline::case_index {

using domain::Many;
using domain::ReadTx;
using domain::Row;
using domain::to_value;
using domain::Tx;
using domain::Value;
using search::Posting;

namespace {

constexpr std::string_view kErrand = "case index";
/// How long changes gather: the more a step covers, the less each case costs.
constexpr std::chrono::milliseconds kGathered{500};
constexpr std::size_t kCasesOfStep = 512;
constexpr std::size_t kMostDetail = 2000;  // characters

/// Columns of the blocks that changes lie in, changes applied, as far as they differ from what is stored.
template <class Name>
void add_columns(Index& index, std::size_t count, std::span<const std::int64_t> blocks,
                 std::vector<Indexer::Page>& to) {
  for (std::size_t column = 0; column < count; ++column) {
    const auto name = static_cast<Name>(column);
    const auto columns = index.read(name, blocks);
    for (std::size_t i = 0; i < blocks.size(); ++i) to.emplace_back(cell(name, blocks[i]), columns[i].bytes());
  }
}

/// What new cases say, by run and page.
using Pages = std::map<std::int64_t, std::vector<Posting>>;

void add_terms(std::string_view text, std::int64_t place, Pages& pages) {
  for (const search::Term term : search::terms_of(text)) {
    pages[page_of_term(term, kRunPageBits, place / kPlacesOfRun)].push_back(
        {term, static_cast<std::uint16_t>(slot_of(place))});
  }
}

Pages terms_of_new_cases(ReadTx& tx, const Index& index) {
  static const Many kTexts = Many::values("SELECT id, subject, place, detail FROM cases WHERE id");
  std::map<std::string, std::int64_t, std::less<>> place_of;
  std::vector<Value> ids;
  for (const Change& change : index.changes()) {
    if (!change.is_new || block_of(change.place) > index.closed_blocks()) continue;
    place_of[change.case_id] = change.place;
    ids.push_back(to_value(change.case_id));
  }
  Pages pages;
  kTexts.each(ids, [&](std::string_view sql, std::span<const Value> values) {
    for (const Row& row : tx.query_values(sql, values)) {
      add_terms(indexed_text(row.text(1), row.text(2), row.text(3)), place_of.find(row.text(0))->second, pages);
    }
  });
  return pages;
}

/// Adds to each page what it holds already.
void add_stored(ReadTx& tx, Pages& pages) {
  static const Many kPages = Many::values("SELECT page, postings FROM case_terms_of_runs WHERE page");
  std::vector<Value> keys;
  for (const auto& [page, postings] : pages) keys.push_back(to_value(page));
  kPages.each(keys, [&](std::string_view sql, std::span<const Value> values) {
    // A key may stand there twice.
    std::set<std::int64_t> seen;
    for (const Row& row : tx.query_values(sql, values))
      if (seen.insert(row.integer(0)).second) search::read_page(row.blob(1), pages.at(row.integer(0)));
  });
}

void write_pages(Pages& pages, std::vector<Indexer::Page>& to) {
  for (auto& [page, postings] : pages) {
    std::sort(postings.begin(), postings.end());
    to.emplace_back(page, search::page_of(postings));
  }
}

Indexer::Step take_up(ReadTx& tx, Index& index) {
  std::set<std::int64_t> changed;
  Indexer::Step step;
  step.version = index.version();
  step.places = index.places();
  step.closed_blocks = index.closed_blocks();
  step.more = index.behind();
  for (const Change& change : index.changes()) {
    // Runs of one block at a time: the next one begins when this one is closed.
    if (block_of(change.place) > index.closed_blocks()) {
      step.more = true;
      continue;
    }
    changed.insert(block_of(change.place));
    step.taken_up.emplace_back(change.case_id, change.version);
    if (change.is_new) step.new_places.emplace_back(change.case_id, step.places++);
  }
  const std::vector<std::int64_t> blocks(changed.begin(), changed.end());
  for (const std::int64_t block : blocks) step.blocks.push_back(index.blocks()[static_cast<std::size_t>(block)]);
  add_columns<Words>(index, kWordColumns, blocks, step.columns);
  add_columns<Numbers>(index, kNumberColumns, blocks, step.columns);
  Pages pages = terms_of_new_cases(tx, index);
  add_stored(tx, pages);
  write_pages(pages, step.pages_of_runs);
  return step;
}

/// Puts the runs of a full block together, in pages of their own.
Indexer::Step close_block(ReadTx& tx, const Index& index) {
  Indexer::Step step;
  step.version = index.version();
  step.places = index.places();
  step.closed_blocks = index.closed_blocks() + 1;
  step.seals = step.more = true;
  Pages pages;
  std::vector<Posting> postings;
  for (const Row& row : tx.query("SELECT postings FROM case_terms_of_runs ORDER BY page")) {
    postings.clear();
    search::read_page(row.blob(0), postings);
    for (const Posting& posting : postings)
      pages[page_of_term(posting.term, kPageBits, index.closed_blocks())].push_back(posting);
  }
  write_pages(pages, step.pages);
  return step;
}

void put_pages(Tx& tx, std::string_view sql, const std::vector<Indexer::Page>& pages) {
  for (const auto& [number, bytes] : pages) tx.run(sql, number, domain::Blob{bytes});
}

void send(Tx& tx, std::chrono::microseconds after) {
  tx.send_on_errand(kErrand, tx.now() + after, v1::IndexCases());
}

}  // namespace

std::string indexed_text(std::string_view subject, std::string_view place, std::string_view detail) {
  std::string text(subject);
  text.append("\n").append(place);
  return text.append("\n").append(core::first_code_points(detail, kMostDetail));
}

void note_change(Tx& tx, const v1::Case& subject) {
  const domain::StoredPosition position = domain::StoredPosition::of(subject);
  tx.run(
      "INSERT INTO case_changes (case_id, version, state, kind, channel, category, unit_id, receiving_unit_id, "
      "area_id, overdue, received_at, due_at, wgs84_longitude, wgs84_latitude) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (case_id) DO UPDATE SET "
      "version = $2, state = $3, kind = $4, category = $6, unit_id = $7, area_id = $9, overdue = $10, due_at = $12",
      subject.id(), subject.version(), subject.state(), subject.kind(), subject.channel(), subject.category(),
      subject.unit_id(), subject.receiving_unit_id(), subject.area_id(), subject.overdue(), subject.received_at(),
      subject.has_due_at() ? to_value(subject.due_at()) : Value(), position.wgs84_longitude, position.wgs84_latitude);
  if (tx.value<bool>("SELECT under_way FROM case_index WHERE id = 1").value_or(true)) return;
  tx.run("UPDATE case_index SET under_way = TRUE WHERE id = 1");
  send(tx, kGathered);
}

Indexer::Step Indexer::run(domain::Reader& reader, const v1::IndexCases&) const {
  return reader.read([](ReadTx& tx) {
    Index index(tx, kCasesOfStep);
    return index.places() / kPlacesOfBlock > index.closed_blocks() ? close_block(tx, index) : take_up(tx, index);
  });
}

void Indexer::settle(Tx& tx, const v1::IndexCases&, const Step& step) const {
  // Where somebody else took a step meanwhile, as after a lease that ran out, this one is taken anew.
  if (tx.value<std::int64_t>("SELECT version FROM case_index WHERE id = 1") != step.version)
    return send(tx, std::chrono::microseconds(0));

  put_pages(tx,
            "INSERT INTO case_columns (cell, content) VALUES ($1, $2) ON CONFLICT (cell) DO UPDATE SET content = $2",
            step.columns);
  put_pages(tx, "INSERT INTO case_terms (page, postings) VALUES ($1, $2)", step.pages);
  put_pages(tx,
            "INSERT INTO case_terms_of_runs (page, postings) VALUES ($1, $2) "
            "ON CONFLICT (page) DO UPDATE SET postings = $2",
            step.pages_of_runs);
  // All that are there are of the block that was closed: nothing is taken up before that.
  if (step.seals) tx.run("DELETE FROM case_terms_of_runs");
  for (const Block& block : step.blocks) {
    tx.run(
        "INSERT INTO case_blocks (block, received_from, received_to) VALUES ($1, $2, $3) "
        "ON CONFLICT (block) DO UPDATE SET received_from = $2, received_to = $3",
        block.number, block.received_from, block.received_to);
  }
  for (const auto& [case_id, place] : step.new_places)
    tx.run("INSERT INTO case_places (case_id, place) VALUES ($1, $2)", case_id, place);
  for (const auto& [case_id, version] : step.taken_up)
    tx.run("DELETE FROM case_changes WHERE case_id = $1 AND version = $2", case_id, version);

  const bool at_once = step.more || step.places / kPlacesOfBlock > step.closed_blocks;
  const bool more = at_once || tx.value<std::string>("SELECT case_id FROM case_changes LIMIT 1").has_value();
  tx.run("UPDATE case_index SET version = $1, places = $2, closed_blocks = $3, under_way = $4 WHERE id = 1",
         step.version + 1, step.places, step.closed_blocks, more);
  if (more) send(tx, at_once ? std::chrono::microseconds(0) : kGathered);
}

}  // namespace wenming::hotline::case_index
