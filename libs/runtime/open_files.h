#pragma once

#include <cstddef>

namespace wenming::runtime {

/// Raises the number of files that this process may have open as far as it is allowed to, and returns it. Every
/// connection is one, and a database that cannot open its file refuses reads.
std::size_t raise_open_files();

/// How many connections fit beside the files that the process itself needs: `wanted`, or as many fewer as it takes.
std::size_t connections_within(std::size_t open_files, std::size_t wanted, std::size_t own_files);

/// How many files the databases of so many services, logs and listening sockets take at most.
std::size_t own_files(std::size_t services, std::size_t reader_threads);

}  // namespace wenming::runtime
