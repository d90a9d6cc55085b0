#pragma once

#include <stdexcept>

namespace wenming::contract {

/// A request that cannot be read at all, so that no field can be pointed at; `what()` says where and why.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wenming::contract
