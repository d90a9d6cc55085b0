#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/api_client.h"

namespace wenming::runtime {

/// Starts a job with a file as its body and waits for its end, for the command line. `tell` hears how many rows are
/// done of how many, as soon as that is known. Throws ApiRefused where the job cannot be started, or fails.
rapidjson::Document run_job(ApiClient& client, std::string_view target, std::string_view media_type,
                            std::string_view content,
                            const std::function<void(std::int64_t done, std::int64_t total)>& tell);

/// The error file of a job that has ended; empty where it has none.
std::string job_errors(ApiClient& client, const rapidjson::Value& job);

/// A text as a value in a query.
std::string percent_encoded(std::string_view text);

/// What a file is, by its name: `text/csv`, or that of a workbook.
std::string_view media_type_of(std::string_view file_name);

}  // namespace wenming::runtime
