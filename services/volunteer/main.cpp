#include "runtime/run.h"
#include "volunteer/service.h"

int main(int argc, char** argv) {
  return wenming::runtime::run({wenming::volunteer::service}, argc, argv);
}
