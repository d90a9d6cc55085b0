#pragma once

#include "core/settings.h"
#include "domain/service.h"

namespace wenming::volunteer {

/// The volunteer service: who volunteers, what is organised, and how many hours were served. Declares what it reads of
/// the settings under `volunteer.`; nothing is shared between two calls.
domain::Service service(core::Settings& settings);

}  // namespace wenming::volunteer
