#include <array>

#include "all_in_one/demo/demo.h"
#include "all_in_one/import.h"
#include "dashboard/service.h"
#include "hotline/service.h"
#include "identity/service.h"
#include "inspection/service.h"
#include "publicity/service.h"
#include "runtime/run.h"
#include "volunteer/service.h"

int main(int argc, char** argv) {
  using namespace wenming;
  const std::array<runtime::CommandFactory, 2> client_commands{all_in_one::add_import_command,
                                                               all_in_one::add_demo_command};
  return runtime::run({identity::service, volunteer::service, inspection::service, hotline::service, publicity::service,
                       dashboard::service},
                      argc, argv, client_commands);
}
