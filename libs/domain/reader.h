#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/time.h"
#include "domain/outside.h"
#include "domain/tx.h"

namespace wenming::domain {

/// What slow work, done without a transaction, has to do with: the database, each call of `read` a short read
/// transaction of its own, and what lies outside.
class Reader {
 public:
  virtual ~Reader() = default;
  template <class F>
  auto read(F&& body) {
    std::optional<std::invoke_result_t<F, ReadTx&>> result;
    run([&](ReadTx& tx) { result.emplace(body(tx)); });
    return std::move(*result);
  }
  [[nodiscard]] virtual core::Timestamp now() const = 0;
  [[nodiscard]] Blobs& blobs() const { return outside().blobs(); }
  [[nodiscard]] Media& media() const { return outside().media(); }
  [[nodiscard]] Outgoing& outgoing() const { return outside().outgoing(); }

 private:
  virtual void run(const std::function<void(ReadTx&)>& body) = 0;
  [[nodiscard]] virtual Outside& outside() const = 0;
};

}  // namespace wenming::domain
