#pragma once

#include "core/settings.h"
#include "domain/service.h"

namespace wenming::dashboard {

/// The dashboard: folds the events of all services into figures per organisation and period, and serves them and the
/// page at `/`. Everything in its database is derived; it can be rebuilt at any time. Reads no settings.
domain::Service service(core::Settings& settings);

}  // namespace wenming::dashboard
