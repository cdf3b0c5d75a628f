#pragma once
#include <string>

#include "plan/plan.h"

namespace lathe::plan {

/// The plan file, all numbers little-endian:
///
///   offset  bytes
///   0       8      magic "LATHPLAN"
///   8       4      format version (kFormatVersion)
///   12      4      zero
///   16      8      D, bytes of the description
///   24      8      W, bytes of the weights
///   32      8      XXH3-64 of bytes 0..31 and of the description with its padding
///   40      24     zero
///   64      D      description: JSON (below)
///   ...            zeros up to the next multiple of 64
///   ...     W      weights, each at a multiple of 64, zeros between them
///
/// The description names for each weight its offset within the weights, and holds "checksums", the XXH3-64 of each
/// run of kChunk bytes of the weights. So each byte of the file is covered, and the file has exactly that length.
inline constexpr uint32_t kFormatVersion = 3;
inline constexpr size_t kChunk = size_t{4} << 20;

/// The same plan gives the same bytes. Written beside and renamed; Error(io) when that fails.
void write_file(const Plan& plan, const std::string& path);
/// Error(not_found, io), Error(corrupt_file) for a file that is cut, altered or no plan, Error(unsupported_version).
/// `map`: weights lie where the file is mapped; else they are read into memory.
Plan read_file(const std::string& path, bool map);
/// The same from memory (`where` stands for the path in messages).
Plan read_bytes(const Blob& file, std::string_view where);
/// Whether the file begins as a plan does; false where it cannot be read.
bool is_plan_file(const std::string& path);

/// The description as JSON text, without the tokenizer: for people and for `inspect`.
std::string describe(const Plan& plan);

}  // namespace lathe::plan
