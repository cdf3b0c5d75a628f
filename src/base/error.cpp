#include "base/error.h"

namespace lathe {
namespace {

std::string compose(std::string_view where, std::string_view problem, std::string_view cure) {
  std::string line;
  if (!where.empty()) line.append(where).append(": ");
  line.append(problem);
  if (!cure.empty()) line.append("; ").append(cure);
  // One line whatever a file put into a name: control characters would break logs and terminals.
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::ok: return "ok";
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::io: return "io";
    case ErrorCode::corrupt_file: return "corrupt_file";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::unsupported_version: return "unsupported_version";
    case ErrorCode::unsupported_machine: return "unsupported_machine";
    case ErrorCode::shape_mismatch: return "shape_mismatch";
    case ErrorCode::out_of_range: return "out_of_range";
    case ErrorCode::out_of_memory: return "out_of_memory";
    case ErrorCode::internal: return "internal";
    case ErrorCode::device: return "device";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string_view where, std::string_view problem, std::string_view cure)
    : std::runtime_error(compose(where, problem, cure)),
      code_(code),
      parts_(std::make_shared<Parts>(Parts{std::string(where), std::string(problem), std::string(cure)})) {}

}  // namespace lathe
