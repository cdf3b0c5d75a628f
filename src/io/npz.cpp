#include "io/npz.h"

#include <set>

#include "base/error.h"
#include "io/npy.h"
#include "io/zip.h"

namespace lathe {

std::vector<HostTensor> parse_npz(const Blob& file, std::string_view where) {
  constexpr std::string_view kSuffix = ".npy";
  std::vector<HostTensor> tensors;
  for (const ZipEntry& entry : parse_zip(file, where)) {
    if (!std::string_view(entry.name).ends_with(kSuffix)) continue;
    tensors.push_back(parse_npy(entry.data, fmt::format("{}: {}", where, shown(entry.name))));
    tensors.back().name = entry.name.substr(0, entry.name.size() - kSuffix.size());
  }
  return tensors;
}

std::vector<HostTensor> read_npz(const std::string& path) { return parse_npz(FileMap(path).blob(), path); }

void write_npz(const std::string& path, std::span<const HostTensor> tensors) {
  AtomicFile file(path);
  ZipWriter zip(file);
  std::set<std::string_view> names;
  for (const HostTensor& tensor : tensors) {
    if (tensor.name.empty() || !names.insert(tensor.name).second)
      fail(ErrorCode::invalid_argument, path, "give each tensor a name of its own", "{} is repeated or empty",
           shown(tensor.name));
    HostTensor plain = tensor.dtype == DType::bf16 ? converted(tensor, DType::f32) : tensor;
    std::string header = npy_header(plain.dtype, plain.shape);
    zip.add(plain.name + ".npy", {std::as_bytes(std::span(header)), plain.data.bytes()});
  }
  zip.finish();
  file.commit();
}

}  // namespace lathe
