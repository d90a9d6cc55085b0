#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/rows.h"
#include "store/sql_text.h"

namespace wenming::store {

/// A statement that the server knows by name. One text has a statement per types of its parameters, because a NULL has
/// none.
struct PostgresStatement {
  PostgresStatement(std::string its_name, std::string_view sql) : name(std::move(its_name)), text(sql) {}
  PostgresStatement(const PostgresStatement&) = delete;
  PostgresStatement& operator=(const PostgresStatement&) = delete;

  const std::string name;
  const std::string text;
  const std::string_view written = written_table(text);
  const std::vector<std::string_view> words = words_of(text);
  bool ready = false;  // the server has confirmed it
  domain::FillPlans plans{strangers_in(text)};
};

/// A result that has come whole; its rows are walked without the server.
class PostgresCursor final : public domain::Cursor {
 public:
  PostgresCursor(std::shared_ptr<PGresult> result, std::shared_ptr<PostgresStatement> statement)
      : result_(std::move(result)), statement_(std::move(statement)) {}

  bool next() override { return ++row_ < PQntuples(result_.get()); }
  [[nodiscard]] int columns() const override { return PQnfields(result_.get()); }
  [[nodiscard]] std::string_view name(int column) const override { return PQfname(result_.get(), column); }
  [[nodiscard]] domain::Value at(int column) const override;
  [[nodiscard]] domain::FillPlans& plans() const override { return statement_->plans; }

 private:
  const std::shared_ptr<PGresult> result_;
  const std::shared_ptr<PostgresStatement> statement_;
  int row_ = -1;
};

}  // namespace wenming::store
