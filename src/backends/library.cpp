#include "backends/library.h"

#include <dlfcn.h>

#include <filesystem>

#include "base/error.h"
#include "base/knobs.h"

namespace lathe::backends {
namespace {

const Knob kFolders("LATHE_BACKENDS",
                    "folders with libraries of devices' backends, before Lathe's own; ':' between them", "");

/// The folder of the library (or program) that holds this code.
std::string own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&open_backend), &info) == 0 || !info.dli_fname) return {};
  return std::filesystem::path(info.dli_fname).parent_path().string();
}

std::vector<std::string> folders() {
  std::vector<std::string> list;
  for (std::string rest = kFolders.value(); !rest.empty();) {
    const size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) list.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  if (std::string own = own_folder(); !own.empty()) list.push_back(std::move(own));
  return list;
}

void check_name(std::string_view device) {
  bool plain = !device.empty() && device.size() <= 32;
  for (char c : device) plain = plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  // Lathe's own library is named as a backend's would be.
  if (!plain || device == "runtime")
    fail(ErrorCode::invalid_argument, "device", "give a name such as cpu", "'{}' is no name of a device", device);
}

}  // namespace

const Backend& open_backend(std::string_view device) {
  check_name(device);
  const std::string file = fmt::format("liblathe_{}.so", device);
  for (const std::string& folder : folders()) {
    const std::string path = folder + "/" + file;
    std::error_code none;
    if (!std::filesystem::exists(path, none)) continue;
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
      const std::string reason = dlerror();
      const bool versions = reason.find("LATHE_") != std::string::npos;
      fail(versions ? ErrorCode::unsupported_version : ErrorCode::unsupported_machine, path,
           versions ? "install the one that was built with this Lathe" : "install what it needs",
           "the library of device '{}' cannot be loaded: {}", device, reason);
    }
    const auto* library = static_cast<const BackendLibrary*>(dlsym(handle, "lathe_backend"));
    if (!library) fail(ErrorCode::unsupported_machine, path, "remove the file", "this is no backend of Lathe");
    if (library->interface != kBackendInterface || std::string_view(library->version) != LATHE_VERSION)
      fail(ErrorCode::unsupported_version, path, "install the one that was built with this Lathe",
           "the backend is of Lathe {} (interface {}), this is {} (interface {})", library->version, library->interface,
           LATHE_VERSION, kBackendInterface);
    return library->open();
  }
  fail(ErrorCode::unsupported_machine, fmt::format("device {}", device), "install its backend, or use another device",
       "there is no {} beside {}", file, fmt::join(folders(), " or "));
}

}  // namespace lathe::backends
