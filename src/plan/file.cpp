#include "plan/file.h"

#include <atomic>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/hash.h"
#include "base/pages.h"
#include "base/thread_pool.h"
#include "plan/description.h"

namespace lathe::plan {
namespace {

constexpr char kMagic[8] = {'L', 'A', 'T', 'H', 'P', 'L', 'A', 'N'};
constexpr size_t kHeader = 64, kAlign = 64;

size_t aligned(size_t n) { return (n + kAlign - 1) / kAlign * kAlign; }

struct Header {
  char magic[8];
  uint32_t version, zero;
  uint64_t description_bytes, weight_bytes, checksum;
  uint8_t rest[24];
};
static_assert(sizeof(Header) == kHeader);

uint64_t header_checksum(const Header& header, const void* description, size_t padded) {
  Hasher hasher;
  hasher.add(&header, offsetof(Header, checksum));
  hasher.add(description, padded);
  return hasher.value();
}

/// Feeds the weights, with the zeros between them, to `sink` in file order.
template <class Sink>
void stream_weights(const Plan& plan, const std::vector<uint64_t>& offsets, uint64_t total, Sink sink) {
  static constexpr char zeros[kAlign] = {};
  uint64_t at = 0;
  auto pad_to = [&](uint64_t offset) {
    if (offset > at) sink(zeros, static_cast<size_t>(offset - at));
    at = offset;
  };
  for (size_t i = 0; i < plan.weights.size(); ++i) {
    pad_to(offsets[i]);
    sink(plan.weights[i].data.data, plan.weights[i].data.size);
    at += plan.weights[i].data.size;
  }
  pad_to(total);
}

/// XXH3 of each kChunk bytes of a stream.
class ChunkHasher {
 public:
  void operator()(const void* data, size_t size) {
    auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
      size_t part = std::min(size, kChunk - filled_);
      hasher_.add(bytes, part);
      bytes += part;
      size -= part;
      filled_ += part;
      if (filled_ == kChunk) flush();
    }
  }
  std::vector<uint64_t> finish() {
    if (filled_ > 0) flush();
    return sums_;
  }

 private:
  void flush() {
    sums_.push_back(hasher_.value());
    hasher_ = Hasher();
    filled_ = 0;
  }
  Hasher hasher_;
  size_t filled_ = 0;
  std::vector<uint64_t> sums_;
};

struct ChunkCheck {
  const std::byte* data;
  size_t size;
  const std::vector<uint64_t>* sums;
  std::atomic<bool> damaged{false};
};

void check_chunks(Team& team, void* argument) {
  auto& check = *static_cast<ChunkCheck*>(argument);
  auto [begin, end] = team.share(static_cast<int64_t>(check.sums->size()));
  for (int64_t i = begin; i < end; ++i) {
    size_t from = static_cast<size_t>(i) * kChunk;
    if (hash_of(check.data + from, std::min(kChunk, check.size - from)) != (*check.sums)[static_cast<size_t>(i)])
      check.damaged = true;
  }
}

[[noreturn]] void damaged(std::string_view where, std::string_view problem) {
  fail(ErrorCode::corrupt_file, where, "copy or build the plan again", "damaged plan: {}", problem);
}

/// The file's bytes in huge pages of their own. What was mapped is not touched: the file may be cut meanwhile.
Blob read_whole(const FileMap& file) {
  auto pages = std::make_shared<Pages>(file.size());
  std::ifstream stream(file.path(), std::ios::binary);
  if (!stream.read(reinterpret_cast<char*>(pages->data()), static_cast<std::streamsize>(file.size())))
    fail(ErrorCode::io, file.path(), "see that nobody writes to it, and try again", "{} of its {} bytes can be read",
         stream.gcount(), file.size());
  const std::byte* data = pages->data();
  return {std::move(pages), data, file.size()};
}

}  // namespace

void write_file(const Plan& plan, const std::string& path) {
  std::vector<uint64_t> offsets;
  uint64_t total = 0;
  for (const Weight& weight : plan.weights) {
    offsets.push_back(total);
    total = aligned(total + weight.data.size);
  }
  ChunkHasher hasher;
  stream_weights(plan, offsets, total, [&](const void* data, size_t size) { hasher(data, size); });
  std::string description = write_description(plan, &offsets, hasher.finish());

  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kFormatVersion;
  header.description_bytes = description.size();
  header.weight_bytes = total;
  description.resize(aligned(description.size()));
  header.checksum = header_checksum(header, description.data(), description.size());

  AtomicFile file(path);
  file.write(&header, sizeof header);
  file.write(description);
  stream_weights(plan, offsets, total, [&](const void* data, size_t size) { file.write(data, size); });
  file.commit();
}

Plan read_bytes(const Blob& file, std::string_view where) {
  if (file.size < 8 || std::memcmp(file.data, kMagic, sizeof kMagic) != 0)
    fail(ErrorCode::corrupt_file, where, "give a file that `lathe build` wrote", "this is no Lathe plan");
  Header header;
  if (file.size < kHeader) damaged(where, "it ends inside the header");
  std::memcpy(&header, file.data, sizeof header);
  if (header.version != kFormatVersion)
    fail(ErrorCode::unsupported_version, where,
         header.version > kFormatVersion ? "use a newer Lathe, or build the plan again with this one"
                                         : "build the plan again",
         "plan format {}, this Lathe reads format {}", header.version, kFormatVersion);
  size_t body = file.size - kHeader;
  if (header.description_bytes > body || header.weight_bytes > body ||
      aligned(header.description_bytes) + header.weight_bytes != body)
    damaged(
        where,
        fmt::format("it has {} bytes, its header says {}", file.size,
                    static_cast<unsigned __int128>(header.description_bytes) + header.weight_bytes > (uint64_t{1} << 60)
                        ? std::string("something absurd")
                        : std::to_string(kHeader + aligned(header.description_bytes) + header.weight_bytes)));
  const std::byte* description = file.data + kHeader;
  size_t padded = aligned(header.description_bytes);
  bool zero = header.zero == 0;
  for (uint8_t byte : header.rest) zero = zero && byte == 0;
  if (!zero || header_checksum(header, description, padded) != header.checksum)
    damaged(where, "the checksum of its description does not agree");

  std::vector<uint64_t> sums;
  Blob weights = file.sub(kHeader + padded, header.weight_bytes);
  Plan plan =
      read_description({reinterpret_cast<const char*>(description), header.description_bytes}, weights, &sums, where);
  if (sums.size() != (weights.size + kChunk - 1) / kChunk) damaged(where, "checksums are missing");
  ChunkCheck check{weights.data, weights.size, &sums, {}};
  ThreadPool::instance().run(weights.size > 4 * kChunk ? ThreadPool::default_threads() : 1, check_chunks, &check);
  if (check.damaged) damaged(where, "the checksum of its weights does not agree");
  validate(plan, where);
  return plan;
}

Plan read_file(const std::string& path, bool map) {
  const FileMap file(path);
  return read_bytes(map ? file.blob() : read_whole(file), path);
}

bool is_plan_file(const std::string& path) {
  char begin[sizeof kMagic] = {};
  std::ifstream file(path, std::ios::binary);
  return file.read(begin, sizeof begin) && std::memcmp(begin, kMagic, sizeof kMagic) == 0;
}

std::string describe(const Plan& plan) { return write_description(plan, nullptr, {}); }

}  // namespace lathe::plan
