#include "testing/postgres_server.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "testing/child_process.h"

namespace wenming::testing {
namespace {

namespace fs = std::filesystem;

/// Where Debian keeps the programs of the newest version.
std::string programs() {
  std::string newest;
  std::error_code none;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
    if (version.path().string() > newest && fs::exists(version.path() / "bin/postgres"))
      newest = version.path().string();
  }
  if (newest.empty()) throw std::runtime_error("these tests need PostgreSQL: scripts/packages test");
  return newest + "/bin/";
}

/// PostgreSQL refuses to run as root; its own user is there when it is installed.
const passwd* its_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* const user = ::getpwnam("postgres");  // NOLINT(concurrency-mt-unsafe): tests ask one at a time
  if (user == nullptr) throw std::runtime_error("PostgreSQL does not run as root, and there is no user postgres");
  return user;
}

void run(const std::vector<std::string>& command, const std::string& log) {
  int status = 0;
  ::waitpid(spawn(command, log, SIGQUIT, its_user()), &status, 0);
  if (status != 0) throw std::runtime_error(command[0] + " failed; see " + log);
}

using Connected = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Connected connect(const std::string& url) {
  return {PQconnectdb(url.c_str()), &PQfinish};
}

std::string url_of(const std::string& socket_folder, std::string_view database) {
  return "host=" + socket_folder + " user=postgres dbname=" + std::string(database);
}

}  // namespace

PostgresServer& PostgresServer::shared() {
  static PostgresServer server = [] {
    const char* const running = std::getenv("TEST_POSTGRES");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return running != nullptr && *running != '\0' ? PostgresServer(std::string(running))
                                                  : PostgresServer(Disk::Forgetful);
  }();
  return server;
}

PostgresServer::PostgresServer(Disk disk) : folder_(std::make_unique<TemporaryFolder>()), disk_(disk) {
  socket_folder_ = folder_->path().string();
  if (const passwd* const user = its_user()) {
    if (::chown(socket_folder_.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::system_error(errno, std::generic_category(), socket_folder_);
  }
  run({programs() + "initdb", "--pgdata", socket_folder_ + "/data", "--username", "postgres", "--auth", "trust",
       "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"},
      socket_folder_ + "/log");
  start();
}

PostgresServer::~PostgresServer() {
  if (pid_ != 0) end(pid_, SIGQUIT);
  if (folder_) return;
  // A database is a thousand files, and the tests of a run make many hundred.
  const Connected connection = connect(url_of(socket_folder_, "postgres"));
  for (const std::string& name : made_)
    PQclear(PQexec(connection.get(), ("DROP DATABASE IF EXISTS \"" + name + "\" WITH (FORCE)").c_str()));
}

void PostgresServer::start() {
  std::vector<std::string> command{programs() + "postgres", "-D", socket_folder_ + "/data", "-k",
                                   socket_folder_,          "-c", "listen_addresses=",      "-c",
                                   "max_connections=400",   "-c", "shared_buffers=64MB"};
  if (disk_ == Disk::Forgetful) {
    for (const char* const setting :
         {"fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"}) {
      command.emplace_back("-c");
      command.emplace_back(setting);
    }
  }
  pid_ = spawn(command, socket_folder_ + "/log", SIGQUIT, its_user());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (PQping(url_of(socket_folder_, "postgres").c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > until || ::waitpid(pid_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("PostgreSQL did not start; see " + socket_folder_ + "/log");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void PostgresServer::kill() {
  end(pid_, SIGQUIT);
  pid_ = 0;
}

std::string PostgresServer::database(std::string_view name, std::string_view options) {
  const Connected connection = connect(url_of(socket_folder_, "postgres"));
  const std::string sql = "CREATE DATABASE \"" + std::string(name) + "\" TEMPLATE template0 " + std::string(options);
  PGresult* const result = PQexec(connection.get(), sql.c_str());
  const std::string state =
      PQresultStatus(result) == PGRES_COMMAND_OK ? "" : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  PQclear(result);
  if (!state.empty() && state != "42P04")  // duplicate_database: it was asked for before
    throw std::runtime_error("cannot make the database: " + std::string(PQerrorMessage(connection.get())));
  if (state.empty()) made_.emplace_back(name);
  return url_of(socket_folder_, name);
}

}  // namespace wenming::testing
