#pragma once

#include "core/settings.h"
#include "domain/service.h"

namespace wenming::identity {

/// Identity's table: who is who, and who may do what.
domain::Service service(core::Settings& settings);

}  // namespace wenming::identity
