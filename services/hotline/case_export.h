#pragma once

#include <memory>
#include <string>

#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/case_statistics.h"
#include "tables/export.h"
#include "wenming/hotline/v1/case_export.pb.h"

/// Cases and their figures as rows of a file.
namespace wenming::hotline::case_export {

tables::ExportFormat cases();
/// The rows of `list_cases`, which the caller may see because they may see the unit that is asked about.
std::string read_cases(domain::ReadTx& tx, const domain::Caller& caller, const v1::ExportCasesRequest& request,
                       const std::string& position, tables::ExportRows& rows);

tables::ExportFormat statistics();
/// Has no state but settings; every thread may call.
class Statistics {
 public:
  explicit Statistics(std::shared_ptr<const CaseStatistics> figures) : figures_(std::move(figures)) {}
  std::string read(domain::ReadTx& tx, const domain::Caller& caller, const v1::ExportCaseStatisticsRequest& request,
                   const std::string& position, tables::ExportRows& rows) const;

 private:
  std::shared_ptr<const CaseStatistics> figures_;
};

}  // namespace wenming::hotline::case_export
