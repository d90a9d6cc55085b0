#pragma once

#include <pwd.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace wenming::testing {

/// Starts a program; what it says is appended to the file `log`. It runs as `user`, or as who runs the test. When the
/// thread that called ends, the system sends `last_signal`, so that not even a test that crashes leaves the program
/// behind. A program that is not there ends at once with status 127.
pid_t spawn(const std::vector<std::string>& command, const std::string& log, int last_signal,
            const passwd* user = nullptr);

/// Sends this signal, which must end the program, and waits until it is gone.
void end(pid_t pid, int signal);

}  // namespace wenming::testing
