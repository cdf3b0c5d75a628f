#pragma once
#include <cstdint>
#include <string_view>

#include "backends/tactic.h"

namespace lathe::backends {

/// Counts changes of what a backend in a library of its own sees of Lathe: the headers of backends, ops and base.
inline constexpr uint32_t kBackendInterface = 1;

/// What the library of a device's backend shows, as `extern "C" const BackendLibrary lathe_backend`. The first two
/// members never change their place.
struct BackendLibrary {
  uint32_t interface = kBackendInterface;
  const char* version = LATHE_VERSION;
  /// The backend, which lives as long as the process. Error(unsupported_machine) where the device is not there.
  const Backend& (*open)() = nullptr;
};

/// The backend of a device: of liblathe_<device>.so, in the folders of LATHE_BACKENDS or beside this library. Never
/// closed; backends_of() opens it once.
///   Error(invalid_argument)     a name that is not made of letters, digits and _, or Lathe's own
///   Error(unsupported_machine)  no such library, one that cannot be loaded, or no device
///   Error(unsupported_version)  a library of another build of Lathe
const Backend& open_backend(std::string_view device);

}  // namespace lathe::backends
