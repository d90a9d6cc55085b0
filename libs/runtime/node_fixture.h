#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "events/test_support.h"
#include "runtime/background.h"
#include "runtime/data_directory.h"
#include "runtime/node.h"

// What the tests of this library share: nodes in a folder of their own, with all that they lean on.
namespace wenming::runtime::testing {

using events::testing::change;
using events::testing::VolunteerChanged;
using events::testing::wait_until;

/// A read model that writes down which events it has seen.
inline domain::Service seen_events() {
  domain::Service service("listener", {}, events::testing::kSeenSchema);
  service.read_model();
  service.on([](domain::Tx& tx, const VolunteerChanged& event, const domain::EventContext&) {
    events::testing::write_down(tx, event);
  });
  return service;
}

class NodeTest : public ::testing::Test {
 protected:
  ~NodeTest() override {
    alarm_.stop();
    background_.join();
  }

  NodeSettings settings() {
    NodeSettings settings;
    settings.contract = &contract_;
    settings.databases = &databases_;
    settings.max_streams = 10;
    settings.alarm = &alarm_;
    settings.background = [this](std::function<void()> work) { return background_.run(std::move(work)); };
    return settings;
  }

  static void publish(Node& node, const google::protobuf::Message& event) {
    events::commit(*node.running()->store(), "test", [&](domain::Tx& tx) { tx.publish(event); });
  }

  static bool caught_up(const Node& node) {
    for (const auto& consumer : node.consumers())
      if (consumer.lag() != 0) return false;
    return true;
  }

  static std::int64_t seen(const Node& node) {
    std::int64_t count = 0;
    node.running()->store()->read(
        [&](domain::ReadTx& tx) { count = tx.value<std::int64_t>("SELECT COUNT(*) FROM seen").value_or(-1); });
    return count;
  }

  wenming::testing::TemporaryFolder folder_;
  contract::Contract contract_{{}};
  DataDirectory databases_{folder_.path() / "data", DataDirectory::Use::ServeInTest};
  Alarm alarm_;
  Background background_{2, 64};
};

}  // namespace wenming::runtime::testing
