#pragma once

#include <map>
#include <string>
#include <string_view>

#include "domain/tx.h"
#include "reference/reference.h"

namespace wenming::hotline {

/// Names of units as they are today, each asked for once. Lives for the length of one transaction.
class UnitNames {
 public:
  explicit UnitNames(domain::ReadTx& tx) : tx_(tx) {}

  /// Empty for a unit that is not known. Lives as long as this.
  std::string_view of(std::string_view id) {
    const auto known = names_.find(id);
    if (known != names_.end()) return known->second;
    return names_.emplace(std::string(id), reference::unit_name(tx_, id)).first->second;
  }

 private:
  domain::ReadTx& tx_;
  std::map<std::string, std::string, std::less<>> names_;
};

}  // namespace wenming::hotline
