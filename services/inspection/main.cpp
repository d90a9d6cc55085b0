#include "inspection/service.h"
#include "runtime/run.h"

int main(int argc, char** argv) {
  return wenming::runtime::run({wenming::inspection::service}, argc, argv);
}
