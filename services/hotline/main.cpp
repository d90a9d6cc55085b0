#include "hotline/service.h"
#include "runtime/run.h"

int main(int argc, char** argv) {
  return wenming::runtime::run({wenming::hotline::service}, argc, argv);
}
