#pragma once

#include <prometheus/metric_family.h>

#include <span>
#include <vector>

#include "cache/redis/redis_cache.h"
#include "runtime/node.h"

namespace wenming::runtime {

/// The metrics that are read when somebody asks for them: how nodes stand, and the engines that they lean on. What
/// cannot be read is left out. Asks databases and brokers, so it may take a while. `shared` may be null.
std::vector<prometheus::MetricFamily> readings(std::span<Node* const> nodes, cache::RedisCache* shared);

}  // namespace wenming::runtime
