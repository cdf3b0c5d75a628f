#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace lathe {

/// The weights of a model folder by name: model.safetensors, or the files that model.safetensors.index.json names
/// ({"weight_map": {"<tensor>": "<file>"}}). A path to one safetensors file does as well. Opening reads headers only.
///   Error(not_found)     no folder, no weights in it, or a file that the index names is missing
///   Error(corrupt_file)  a damaged file; an index that does not parse, names a path outside the folder, or a tensor
///                        that its file lacks
///   Error(unsupported)   only pytorch_model.bin (or another format's weights) is there: the message says how to
///   convert
class WeightStore {
 public:
  static WeightStore open(const std::string& path);

  bool contains(std::string_view name) const { return place_.find(name) != place_.end(); }
  /// Sorted.
  std::vector<std::string> names() const;
  /// Type and shape without touching the data; null where the name is unknown.
  const SafetensorsFile::Entry* find(std::string_view name) const;
  /// Shares the file's bytes; Error(not_found) for an unknown name.
  HostTensor tensor(std::string_view name) const;
  /// The files read, in the order of their names: the source that a plan's record hashes.
  std::vector<std::string> files() const;

 private:
  void add_file(const std::string& path);
  void add_index(const std::string& folder, const std::string& path);

  std::string where_;
  struct Source {
    std::string path;
    SafetensorsFile file;
  };
  std::vector<Source> sources_;
  std::map<std::string, size_t, std::less<>> place_;  ///< tensor -> index in sources_
};

}  // namespace lathe
