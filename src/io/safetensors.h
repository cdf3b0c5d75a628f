#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/tensor.h"

namespace lathe {

/// A safetensors file, read in place:
///   u64 N; N bytes of JSON {"<name>": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...,
///   "__metadata__": {"<key>": "<text>"}}; the tensors' bytes, to which the offsets are relative.
/// The tensors' bytes follow each other without gaps or overlaps and end with the file.
///   Error(corrupt_file)  a file that breaks a rule of the format (the message says which, where, with the values)
///   Error(unsupported)   F8, F4 or complex elements; more than Shape::kMaxRank dimensions
/// Opening touches only the header's pages.
class SafetensorsFile {
 public:
  struct Entry {
    std::string name;
    DType dtype = DType::f32;
    Shape shape;
    size_t begin = 0, end = 0;  ///< offsets from the first byte after the header
  };

  static SafetensorsFile open(const std::string& path);
  /// `where` names the source in errors.
  static SafetensorsFile parse(const Blob& file, std::string_view where);

  /// Sorted by name.
  const std::vector<Entry>& entries() const { return entries_; }
  /// Null where the name is unknown.
  const Entry* find(std::string_view name) const;
  /// Shares the file's bytes (and keeps the file open), copies where they are misaligned. Error(not_found) for an
  /// unknown name.
  HostTensor tensor(std::string_view name) const;
  HostTensor tensor(const Entry& entry) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  std::string where_;
  Blob data_;
  std::vector<Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

/// The same tensors give the same bytes: names sorted in the header, data in falling order of element size, then by
/// name, from a 64-byte boundary on. Error(invalid_argument) for a repeated name; Error(io) as AtomicFile.
void write_safetensors(const std::string& path, std::span<const HostTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace lathe
