#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/job.h"
#include "tables/writer.h"

/// Exports: jobs that write rows into a CSV file or a workbook, page by page.
namespace wenming::tables {

/// What an export writes. Of its request, the field `file_format` (contract/v1/exports.proto) says into which file.
struct ExportFormat {
  std::string name;  // of the file and its sheet; the day and the ending are added
  std::vector<std::string> columns;
  std::int64_t most_rows = 1'000'000;  // more are refused (`export_too_large`)
};

/// Takes the rows of a page.
class ExportRows {
 public:
  virtual ~ExportRows() = default;
  /// In the order of the columns. Texts are copied.
  virtual void add(std::initializer_list<Value> row) = 0;
};

/// Reads the page that begins at `position` (empty: the first) in a transaction of its own, adds its rows, and returns
/// the position of the next one; empty where it was the last. Pages are read one after the other while others write, so
/// their order must be one in which what is new comes neither before nor twice.
using ReadPage =
    std::function<std::string(domain::ReadTx&, const domain::Caller&, const google::protobuf::Message& request,
                              const std::string& position, ExportRows&)>;

std::shared_ptr<const domain::JobWork> export_work(ExportFormat format, ReadPage read);

/// For a function:
///
///     service.job("ExportCases", tables::exporting(case_export::format(), &case_export::read));
template <class Request>
std::shared_ptr<const domain::JobWork> exporting(ExportFormat format,
                                                 std::string (*read)(domain::ReadTx&, const domain::Caller&,
                                                                     const Request&, const std::string&, ExportRows&)) {
  return export_work(std::move(format),
                     [read](domain::ReadTx& tx, const domain::Caller& caller, const google::protobuf::Message& request,
                            const std::string& position, ExportRows& rows) {
                       return read(tx, caller, static_cast<const Request&>(request), position, rows);
                     });
}

/// … and for a member of a shared object.
template <class T, class Request, class M>
std::shared_ptr<const domain::JobWork> exporting(ExportFormat format, std::shared_ptr<T> object,
                                                 std::string (M::*read)(domain::ReadTx&, const domain::Caller&,
                                                                        const Request&, const std::string&, ExportRows&)
                                                     const) {
  return export_work(std::move(format), [object, read](domain::ReadTx& tx, const domain::Caller& caller,
                                                       const google::protobuf::Message& request,
                                                       const std::string& position, ExportRows& rows) {
    return ((*object).*read)(tx, caller, static_cast<const Request&>(request), position, rows);
  });
}

}  // namespace wenming::tables
