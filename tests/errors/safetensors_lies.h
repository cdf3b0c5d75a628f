#pragma once
#include <string>

#include "io/safetensors.h"
#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe::test {

/// A file of this header over these bytes.
inline std::string safetensors_of(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

/// Both the reader and a build of a folder with such weights refuse.
inline void expect_weights_refused(const std::string& file, ErrorCode code, const std::string& what,
                                   const std::string& cure) {
  ModelFolder folder;
  const std::string path = folder.write(), weights = folder.put("model.safetensors", file);
  expect_refusal_in(path, code, {weights, what, cure}, [&] { SafetensorsFile::open(weights); });
  expect_refusal_in(path, code, {weights, what, cure}, [&] { build(path); });
}

}  // namespace lathe::test
