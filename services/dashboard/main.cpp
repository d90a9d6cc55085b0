#include "dashboard/service.h"
#include "runtime/run.h"

int main(int argc, char** argv) {
  return wenming::runtime::run({wenming::dashboard::service}, argc, argv);
}
