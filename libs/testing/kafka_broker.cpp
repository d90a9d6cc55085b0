#include "testing/kafka_broker.h"

#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "testing/child_process.h"
#include "testing/free_port.h"

namespace wenming::testing {
namespace {

constexpr std::chrono::seconds kPatience{90};  // the first start may have to fetch the broker

bool answers(const std::string& address) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", address.c_str(), nullptr, 0);
  rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  const rd_kafka_metadata_t* metadata = nullptr;
  const bool answered =
      rd_kafka_metadata(client, 1, nullptr, &metadata, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->broker_cnt == 1;
  if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
  rd_kafka_destroy(client);
  return answered;
}

}  // namespace

KafkaBroker& KafkaBroker::shared() {
  static KafkaBroker broker;
  return broker;
}

KafkaBroker::KafkaBroker() : port_(free_port_pair()) {
  start();
}

KafkaBroker::~KafkaBroker() {
  kill();
}

void KafkaBroker::start() {
  const std::string folder = folder_.path().string();
  pid_ = spawn({"/bin/bash", std::string(WENMING_SOURCE_DIR) + "/tests/engines/kafka", "run", folder + "/data",
                std::to_string(port_)},
               folder + "/log", SIGKILL);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!answers(address())) {
    if (std::chrono::steady_clock::now() > until || ::waitpid(pid_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("Kafka did not start; see " + folder);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void KafkaBroker::kill() {
  if (pid_ != 0) end(pid_, SIGKILL);
  pid_ = 0;
}

}  // namespace wenming::testing
