#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace lathe {

/// CRC-32 as zip and PNG use it (polynomial 0xEDB88320, reflected) of bytes that follow others whose
/// checksum is `before`.
uint32_t crc32_of(std::span<const std::byte> bytes, uint32_t before = 0);

/// One file of a zip archive.
struct ZipEntry {
  std::string name;
  Blob data;
};

/// The entries of a zip archive in the order of its directory, folders left out; zip64 included. Stored entries share
/// the archive's bytes; deflated ones are expanded where the build has zlib. Checksums are verified.
///   Error(corrupt_file)  a cut or contradictory archive, a wrong checksum, a repeated name
///   Error(unsupported)   encryption, several disks, other compressions (and deflate without zlib)
std::vector<ZipEntry> parse_zip(const Blob& archive, std::string_view where);

/// Writes stored entries, with fixed dates: the same entries give the same bytes.
/// Error(unsupported) for an archive of 4 GiB or more.
class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file) : file_(file) {}
  /// An entry of the given parts, one after the other.
  void add(std::string_view name, std::initializer_list<std::span<const std::byte>> parts);
  /// Writes the directory; nothing may be added after it.
  void finish();

 private:
  AtomicFile& file_;
  std::string directory_;
  uint64_t count_ = 0;
};

}  // namespace lathe
