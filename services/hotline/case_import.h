#pragma once

#include <memory>
#include <string>

#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/case_clock.h"
#include "tables/import.h"
#include "wenming/hotline/v1/case_import.pb.h"

namespace wenming::hotline {

/// Brings in cases from a file of another system, a part at a time. Each row becomes a case with the history that the
/// file tells, at its own times; the steps go through the same rules as those taken today. A row that was imported
/// before is recognised by its number and left alone; one that says something else now is refused.
///
/// Has no state but settings; every thread may call, each with its own transaction.
class CaseImport {
 public:
  explicit CaseImport(std::shared_ptr<const CaseClock> clock) : clock_(std::move(clock)) {}

  static tables::ImportFormat format();
  void take(domain::Tx& tx, const domain::Caller& caller, const v1::ImportCasesRequest& request,
            tables::ImportPart& part) const;

 private:
  struct Told;
  void store(domain::Tx& tx, const domain::Caller& caller, const v1::ImportCasesRequest& request, const Told& told,
             const std::string& hash) const;

  std::shared_ptr<const CaseClock> clock_;
};

}  // namespace wenming::hotline
