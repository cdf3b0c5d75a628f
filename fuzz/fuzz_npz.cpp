// npz archives from untrusted hands: the bytes as they are, and the bytes as an entry of an archive with right sizes
// and checksums, stored and deflated. Each gives tensors whose bytes can all be read, or one lathe::Error.
#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "fuzz/tensor_files.h"
#include "io/npz.h"
#include "io/zip.h"

namespace {
using namespace lathe;

void number(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
}

/// One entry, "a.npy". `size` is the length that it says its expanded content has.
std::string archive_of(std::string_view content, unsigned method, uint64_t size, uint32_t checksum) {
  constexpr std::string_view kName = "a.npy";
  std::string facts;  // what the local header and the directory share
  number(facts, 20, 2), number(facts, 0, 2), number(facts, method, 2), number(facts, 0, 4), number(facts, checksum, 4);
  number(facts, content.size(), 4), number(facts, size, 4), number(facts, kName.size(), 2), number(facts, 0, 2);
  std::string out = "PK\3\4" + facts + std::string(kName) + std::string(content);
  const size_t directory = out.size();
  out += "PK\1\2";
  number(out, 20, 2);
  out += facts;
  number(out, 0, 14);
  out += kName;
  const size_t end = out.size();
  out += "PK\5\6";
  number(out, 0, 4), number(out, 1, 2), number(out, 1, 2), number(out, end - directory, 4), number(out, directory, 4);
  number(out, 0, 2);
  return out;
}

void read(const Blob& archive) {
  fuzz::attempt([&] {
    for (const HostTensor& tensor : parse_npz(archive, "fuzz")) fuzz::touch(tensor);
  });
}

}  // namespace

std::vector<std::string> lathe::fuzz::seeds() {
  const std::string npz = bytes_of([](const std::string& path) { write_npz(path, some_tensors()); });
  return {npz, npz.substr(35, 188), file_bytes(LATHE_SOURCE_DIR "/tests/goldens/numpy/compressed.npz"),
          file_bytes(LATHE_SOURCE_DIR "/tests/goldens/numpy/fortran.npy")};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  const Blob bytes{nullptr, reinterpret_cast<const std::byte*>(data), size};
  read(bytes);
  const std::string stored = archive_of(content, 0, size, crc32_of(bytes.bytes()));
  read(Blob::copy_of(stored.data(), stored.size()));
  // The checksum of what a deflated entry expands to is not known here: expanding it is what is tried.
  const std::string deflated = archive_of(content, 8, 8 * size, 0);
  read(Blob::copy_of(deflated.data(), deflated.size()));
  return 0;
}
