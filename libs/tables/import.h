#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "domain/job.h"
#include "tables/import_row.h"

/// Imports: jobs that take the rows of a CSV file or a workbook, part by part.
namespace wenming::tables {

/// What an import reads of a file, and how much of it at once.
struct ImportFormat {
  struct Column {
    std::string name;
    bool required = true;  // that the file has it; whether a cell may be blank is for the import to say
    contract::v1::Personal personal = contract::v1::PERSONAL_UNSPECIFIED;  // masked in the error file
  };
  std::vector<Column> columns;
  std::vector<std::string> key = {};  // the columns that no two rows may share all of; empty: none
  std::size_t part_rows = 200;        // taken in one transaction
  std::size_t most_rows = 1'000'000;
  /// Nothing is taken where a row of a part is refused: for rows that stand on each other. With `part_rows` as many as
  /// `most_rows`, the file is taken whole or not at all.
  bool whole_parts = false;
};

/// Takes one part, in a transaction: each row is refused, or said to be `taken` or `unchanged`. On a dry run
/// (`ImportPart::dry_run`) it says the same and changes nothing.
struct ImportPart {
  std::vector<ImportRow> rows;
  bool dry_run = false;
};
using TakePart =
    std::function<void(domain::Tx&, const domain::Caller&, const google::protobuf::Message& request, ImportPart&)>;

/// The work of an import. The request's fields `sheet` and `encoding`, where it has them, say how the file is read;
/// `dry_run`, that nothing is to change.
std::shared_ptr<const domain::JobWork> import_work(ImportFormat format, TakePart take);

/// The same for a member of a shared object:
///
///     service.job("ImportCases", tables::import(CaseImport::format(), cases, &CaseImport::take));
template <class T, class Request, class M>
std::shared_ptr<const domain::JobWork> import(ImportFormat format, std::shared_ptr<T> object,
                                              void (M::*take)(domain::Tx&, const domain::Caller&, const Request&,
                                                              ImportPart&) const) {
  return import_work(std::move(format), [object, take](domain::Tx& tx, const domain::Caller& caller,
                                                       const google::protobuf::Message& request, ImportPart& part) {
    ((*object).*take)(tx, caller, static_cast<const Request&>(request), part);
  });
}

/// … and for a function.
template <class Request>
std::shared_ptr<const domain::JobWork> import(ImportFormat format, void (*take)(domain::Tx&, const domain::Caller&,
                                                                                const Request&, ImportPart&)) {
  return import_work(std::move(format),
                     [take](domain::Tx& tx, const domain::Caller& caller, const google::protobuf::Message& request,
                            ImportPart& part) { take(tx, caller, static_cast<const Request&>(request), part); });
}

}  // namespace wenming::tables
