#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/file.h"
#include "frontends/onnx/message.h"
#include "io/tensor.h"
#include "ops/op.h"

namespace lathe::onnx {

/// Error(unsupported) with ONNX's name for an element type that Lathe lacks (strings, complex numbers, ...).
DType dtype_of(ElementType type, std::string_view where);
/// The same of a number, as attributes have it.
DType dtype_of(int64_t type, std::string_view where);
/// ONNX's name: "FLOAT16".
std::string name_of(ElementType type);

/// Where the tensors of one file keep their bytes: in it, or in files beside it.
class TensorReader {
 public:
  /// `path`: of the model file, for messages; external files lie in its folder.
  TensorReader(std::string path, Blob file) : path_(std::move(path)), file_(std::move(file)) {}

  /// Shares the bytes of the file (aligned copies are made where they have to be).
  ///   Error(corrupt_file)  bytes or numbers that are not those of its shape; external bytes outside their file
  ///   Error(not_found)     an external file that is not there
  ///   Error(invalid_argument)  one that lies outside the model's folder, by its path or by a link
  ///   Error(unsupported)   an element type that Lathe lacks
  HostTensor read(const TensorMessage& message) const;
  /// With zeros where it says nothing.
  HostTensor read(const SparseTensorMessage& message) const;

 private:
  Blob external(const TensorMessage& message, size_t bytes, std::string_view name) const;

  std::string path_;
  Blob file_;
  mutable std::map<std::string, FileMap> maps_;  ///< external files that were opened
};

}  // namespace lathe::onnx
