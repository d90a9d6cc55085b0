#pragma once

#include "core/settings.h"
#include "domain/service.h"

namespace wenming::inspection {

/// The inspection service: points, inspections, and the rectification of what they find. Declares what it reads of the
/// settings under `inspection.`; nothing is shared between two calls.
domain::Service service(core::Settings& settings);

}  // namespace wenming::inspection
