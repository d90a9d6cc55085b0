#include "ledger.h"

#include "domain/list.h"
#include "domain/refusal.h"

namespace wenming::ledger {

std::span<const core::EmbeddedFile> schema();

namespace {

using domain::Caller;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;

constexpr std::string_view kFind = "SELECT * FROM accounts WHERE id = $1";

v1::Account require(ReadTx& tx, std::string_view id) {
  auto account = tx.find<v1::Account>(kFind, id);
  if (!account) throw domain::not_found("account");
  return std::move(*account);
}

std::optional<Scope> scope(ReadTx& tx, std::string_view id) {
  const auto account = tx.find<v1::Account>(kFind, id);
  if (!account) return std::nullopt;
  return Scope{account->unit_id(), account->user_id(), account->version()};
}

v1::Account deposit_into(Tx& tx, std::string_view id, std::int64_t amount) {
  v1::Account account = require(tx, id);
  tx.run("INSERT INTO deposits (id, account_id, amount) VALUES ($1, $2, $3)", tx.new_id(), id, amount);
  account.set_balance(account.balance() + amount);
  account.set_version(account.version() + 1);
  tx.run("UPDATE accounts SET balance = $2, version = $3 WHERE id = $1", id, account.balance(), account.version());
  v1::Deposited deposited;
  deposited.set_account_id(account.id());
  deposited.set_amount(amount);
  deposited.set_balance(account.balance());
  tx.publish(deposited);
  tx.changed("account/" + account.id());
  // Last, so that what was done before has to be undone.
  if (amount < 0) throw std::runtime_error("a negative deposit");
  if (account.balance() > kLimit) throw Refusal(v1::PROBLEM_BALANCE_LIMIT, {{"limit", std::to_string(kLimit)}});
  return account;
}

v1::Account open(Tx& tx, const Caller&, const v1::OpenAccountRequest& request) {
  v1::Account account;
  account.set_id(tx.new_id());
  account.set_unit_id(request.unit_id());
  account.set_user_id(request.user_id());
  account.set_holder(request.holder());
  *account.mutable_opened_at() = domain::to_proto(tx.now());
  account.set_version(1);
  tx.run(
      "INSERT INTO accounts (id, unit_id, user_id, holder, balance, opened_at, version) VALUES ($1, $2, $3, $4, 0, $5, "
      "1)",
      account.id(), account.unit_id(), account.user_id(), account.holder(), account.opened_at());
  return account;
}

v1::Account get(ReadTx& tx, const Caller&, const v1::GetAccountRequest& request) {
  return require(tx, request.account_id());
}

v1::ListAccountsResponse list(ReadTx& tx, const domain::Visibility& visible, const v1::ListAccountsRequest& request) {
  return domain::List("accounts")
      .visible_by("unit_id", "user_id")
      .equal("balance", request.balance())
      .contains("holder", request.holder())
      .within("unit_id", request.within_unit_id())
      .order_by("holder", domain::List::Ascending)
      .page<v1::ListAccountsResponse>(tx, visible, request);
}

v1::Account rename(Tx& tx, const Caller&, const v1::RenameAccountRequest& request) {
  tx.run("UPDATE accounts SET holder = $2, version = version + 1 WHERE id = $1", request.account_id(),
         request.holder());
  return require(tx, request.account_id());
}

v1::Account deposit(Tx& tx, const Caller&, const v1::DepositRequest& request) {
  if (request.amount() == kUnlucky) {
    tx.run("UPDATE accounts SET holder = holder || '!' WHERE id = $1", request.account_id());
    throw Refusal(v1::PROBLEM_UNLUCKY).keep_changes();
  }
  return deposit_into(tx, request.account_id(), request.amount());
}

/// A prepared method.
class Appraiser {
 public:
  explicit Appraiser(std::shared_ptr<Appraisal> appraisal) : appraisal_(std::move(appraisal)) {}

  std::int64_t prepare(domain::Reader& reader, const Caller&, const v1::AppraiseRequest& request) const {
    const v1::Account account = reader.read([&](ReadTx& tx) { return require(tx, request.account_id()); });
    ++appraisal_->runs;
    appraisal_->slow();
    return account.balance();
  }
  v1::Account commit(Tx& tx, const Caller&, const v1::AppraiseRequest& request, const std::int64_t& found) const {
    return deposit_into(tx, request.account_id(), found);
  }

 private:
  std::shared_ptr<Appraisal> appraisal_;
};

class Fetcher {
 public:
  explicit Fetcher(std::shared_ptr<Appraisal> appraisal) : appraisal_(std::move(appraisal)) {}

  std::int64_t fetch(domain::Reader& reader, const v1::FetchDeposit& errand) const {
    reader.read([&](ReadTx& tx) { return require(tx, errand.account_id()); });
    return appraisal_->fetch();
  }
  void pay_in(Tx& tx, const v1::FetchDeposit& errand, const std::int64_t& amount) const {
    deposit_into(tx, errand.account_id(), amount);
  }

 private:
  std::shared_ptr<Appraisal> appraisal_;
};

/// Two edges.
class Counter {
 public:
  domain::EdgeAnswer pay(domain::Edge& edge, const v1::PayByFormRequest& request) const {
    if (!request.key().empty()) edge.sign_in(request.key());
    if (request.amount() == 0) {
      const auto noted = edge.note([&](Tx& tx) {
        tx.run("UPDATE accounts SET holder = holder || '*' WHERE id = $1", request.account_id());
        return require(tx, request.account_id()).holder();
      });
      return {.status = 202, .body = noted};
    }
    v1::DepositRequest deposit;
    deposit.set_account_id(request.account_id());
    deposit.set_amount(request.amount());
    const auto account =
        edge.call<v1::Account>("Deposit", deposit, {.idempotency_key = std::string(edge.request().header("x-once"))});
    return {.headers = {{"Content-Type", "text/plain"}},
            .body = account.holder() + " " + std::to_string(account.balance())};
  }
  domain::EdgeAnswer show(domain::Edge& edge, const v1::GetAccountRequest& request) const {
    const auto account = edge.call<v1::Account>("GetAccount", request);
    return {.body = account.holder() + " " + std::to_string(account.balance())};
  }
};

/// A job: one deposit a step, then a file that says how many there were.
class Payer final : public domain::JobWork {
 public:
  explicit Payer(std::shared_ptr<Appraisal> appraisal) : appraisal_(std::move(appraisal)) {}

  std::any prepare(domain::Reader& reader, const Caller&, const domain::Job& job) const override {
    const auto& request = static_cast<const v1::PayInTurnRequest&>(*job.request);
    if (job.cancelled || job.done == request.times()) {
      const std::string told = std::to_string(job.done);
      reader.blobs().put(job.folder + "result", told);
      return domain::JobFile{job.folder + "result", "told.txt", "text/plain", told.size()};
    }
    return std::stoll(reader.blobs().read(job.folder + "input", 0, 20)) + appraisal_->fetch();
  }
  void settle(Tx& tx, const Caller&, domain::Job& job, const std::any& prepared) const override {
    const auto& request = static_cast<const v1::PayInTurnRequest&>(*job.request);
    job.total = request.times();
    if (job.cancelled || job.done == request.times()) {
      job.result = std::any_cast<const domain::JobFile&>(prepared);
      job.ended = true;
      return;
    }
    deposit_into(tx, request.account_id(), std::any_cast<long long>(prepared));
    ++job.done;
  }

 private:
  std::shared_ptr<Appraisal> appraisal_;
};

void deposit_later(Tx& tx, const v1::DepositLater& later) {
  deposit_into(tx, later.account_id(), later.amount());
}

}  // namespace

domain::Service service(std::shared_ptr<Appraisal> appraisal) {
  return domain::Service("ledger", {v1::LedgerService::descriptor()}, schema())
      .command("OpenAccount", &open)
      .query("GetAccount", &get)
      .list("ListAccounts", &list)
      .command("RenameAccount", &rename)
      .command("Deposit", &deposit)
      .command("Collect", &deposit)
      .prepared("Appraise", std::make_shared<Appraiser>(appraisal), &Appraiser::prepare, &Appraiser::commit)
      .edge("PayByForm", std::make_shared<Counter>(), &Counter::pay)
      .edge("ShowBalance", std::make_shared<Counter>(), &Counter::show)
      .job("PayInTurn", std::make_shared<Payer>(appraisal))
      .resource("account", &scope)
      .timer(&deposit_later)
      .errand(std::make_shared<Fetcher>(std::move(appraisal)), &Fetcher::fetch, &Fetcher::pay_in);
}

}  // namespace wenming::ledger
