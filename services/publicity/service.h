#pragma once

#include "core/settings.h"
#include "domain/service.h"

namespace wenming::publicity {

/// The publicity service: public-service advertisements in their places, and the briefs that units send up. Declares
/// what it reads of the settings under `publicity.`; nothing is shared between two calls.
domain::Service service(core::Settings& settings);

}  // namespace wenming::publicity
