#include <array>
#include <vector>

#include "all_in_one/demo/demo.h"
#include "all_in_one/import.h"
#include "dashboard/service.h"
#include "hotline/service.h"
#include "identity/service.h"
#include "inspection/service.h"
#include "publicity/service.h"
#include "runtime/backup_commands.h"
#include "runtime/run.h"
#include "volunteer/service.h"

int main(int argc, char** argv) {
  using namespace wenming;
  const std::vector<runtime::ServiceFactory> services{identity::service, volunteer::service, inspection::service,
                                                      hotline::service,  publicity::service, dashboard::service};
  const std::array<runtime::CommandFactory, 3> further{
      all_in_one::add_import_command, all_in_one::add_demo_command,
      [&services](CLI::App& app, int& exit_code) { runtime::add_backup_commands(app, services, exit_code); }};
  return runtime::run(services, argc, argv, further);
}
