#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/case_clock.h"
#include "hotline/case_file.h"
#include "wenming/hotline/v1/case_import.pb.h"

namespace wenming::hotline {

/// Brings in a chunk of cases from a file of another system, whole or not at all. Each row becomes a case with the
/// history that the file tells, at its own times; the steps go through the same rules as those taken today. A row that
/// was imported before is recognised by its number and left alone; one that says something else now is refused.
///
/// Has no state but settings; every thread may call, each with its own transaction.
class CaseImport {
 public:
  explicit CaseImport(std::shared_ptr<const CaseClock> clock) : clock_(std::move(clock)) {}

  v1::ImportCasesResponse run(domain::Tx& tx, const domain::Caller& caller,
                              const v1::ImportCasesRequest& request) const;

 private:
  void store(domain::Tx& tx, const domain::Caller& caller, const v1::ImportCasesRequest& request,
             const FileRow& row) const;

  std::shared_ptr<const CaseClock> clock_;
};

}  // namespace wenming::hotline
