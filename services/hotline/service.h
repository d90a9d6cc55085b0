#pragma once

#include "core/settings.h"
#include "domain/service.h"

namespace wenming::hotline {

/// The hotline service: cases from citizens, and their handling. Declares what it reads of the settings under
/// `hotline.`; nothing is shared between two calls.
domain::Service service(core::Settings& settings);

}  // namespace wenming::hotline
