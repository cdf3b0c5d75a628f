#include "io/zip.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "base/error.h"
#include "io/tensor.h"
#ifdef LATHE_WITH_ZLIB
#include <zlib.h>
#endif

namespace lathe {
namespace {
constexpr uint32_t kLocalSignature = 0x04034b50, kDirectorySignature = 0x02014b50, kEndSignature = 0x06054b50,
                   kEnd64Signature = 0x06064b50, kLocator64Signature = 0x07064b50;
constexpr size_t kLocalBytes = 30, kDirectoryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr uint16_t kVersion = 20, kMadeOnUnix = 3 << 8, kStored = 0, kDeflated = 8, kDate1980 = 0x21;

/// Eight tables, so that eight bytes are folded in at a time.
constexpr std::array<std::array<uint32_t, 256>, 8> make_crc_tables() {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ (c & 1u ? 0xedb88320u : 0u);
    tables[0][i] = c;
  }
  for (size_t t = 1; t < 8; ++t)
    for (size_t i = 0; i < 256; ++i) tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xffu];
  return tables;
}
constexpr auto kCrcTables = make_crc_tables();

template <class T>
void append(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>((static_cast<uint64_t>(value) >> (8 * i)) & 0xff);
}

struct Directory {
  uint64_t count, size, offset;
};
struct Record {
  std::string name;
  uint16_t flags, method;
  uint32_t crc;
  uint64_t packed, size, local;
};

class ZipParser {
 public:
  ZipParser(const Blob& archive, std::string_view where) : archive_(archive), where_(where) {}

  std::vector<ZipEntry> parse() {
    Directory directory = find_directory();
    if (directory.size > archive_.size || directory.offset > archive_.size - directory.size)
      corrupt("a directory outside the file");
    // Each record takes at least kDirectoryBytes, so that a lying count cannot make this loop long.
    if (directory.count > directory.size / kDirectoryBytes) corrupt("a directory shorter than its count of entries");
    std::vector<ZipEntry> entries;
    std::set<std::string> names;
    uint64_t packed = 0, at = directory.offset, end = directory.offset + directory.size;
    for (uint64_t i = 0; i < directory.count; ++i) {
      Record record = read_record(&at, end);
      if (!record.name.empty() && record.name.back() == '/') continue;
      if (!names.insert(record.name).second) corrupt(fmt::format("two entries named {}", shown(record.name)));
      // Entries that share bytes would expand beyond any proportion to the archive.
      packed += std::min<uint64_t>(record.packed, archive_.size);
      if (packed > archive_.size) corrupt("its entries overlap");
      Blob data = contents(record);
      entries.push_back({std::move(record.name), std::move(data)});
    }
    return entries;
  }

 private:
  [[noreturn]] void corrupt(std::string_view what) const {
    fail(ErrorCode::corrupt_file, where_, "save the file again", "is a damaged zip archive: {}", what);
  }
  template <class T>
  T get(uint64_t at) const {
    T value;
    std::memcpy(&value, archive_.data + at, sizeof(T));  // zip and the machines that Lathe runs on are little-endian
    return value;
  }
  bool inside(uint64_t at, uint64_t bytes) const { return bytes <= archive_.size && at <= archive_.size - bytes; }

  Directory find_directory() const {
    constexpr size_t kLongestComment = 0xffff;
    if (archive_.size < kEndBytes) corrupt("too short");
    for (size_t comment = 0; comment <= kLongestComment && kEndBytes + comment <= archive_.size; ++comment) {
      size_t at = archive_.size - kEndBytes - comment;
      if (get<uint32_t>(at) != kEndSignature || get<uint16_t>(at + 20) != comment) continue;
      if (get<uint16_t>(at + 4) != 0 || get<uint16_t>(at + 6) != 0)
        fail(ErrorCode::unsupported, where_, "save it as one file", "is a zip archive over several disks");
      Directory directory{get<uint16_t>(at + 10), get<uint32_t>(at + 12), get<uint32_t>(at + 16)};
      bool wide = directory.count == 0xffff || directory.size == 0xffffffff || directory.offset == 0xffffffff;
      if (wide && at >= kLocator64Bytes && get<uint32_t>(at - kLocator64Bytes) == kLocator64Signature) {
        auto end64 = get<uint64_t>(at - kLocator64Bytes + 8);
        if (!inside(end64, kEnd64Bytes) || get<uint32_t>(end64) != kEnd64Signature)
          corrupt("its zip64 directory is not where it should be");
        directory = {get<uint64_t>(end64 + 32), get<uint64_t>(end64 + 40), get<uint64_t>(end64 + 48)};
      }
      return directory;
    }
    corrupt("no directory at its end (is the file cut?)");
  }

  Record read_record(uint64_t* at, uint64_t end) const {
    uint64_t p = *at;
    if (end - p < kDirectoryBytes || get<uint32_t>(p) != kDirectorySignature) corrupt("a directory record is missing");
    uint64_t name = get<uint16_t>(p + 28), extra = get<uint16_t>(p + 30), comment = get<uint16_t>(p + 32);
    if (end - p - kDirectoryBytes < name + extra + comment) corrupt("a directory record is cut");
    Record record{std::string(reinterpret_cast<const char*>(archive_.data) + p + kDirectoryBytes, name),
                  get<uint16_t>(p + 8),
                  get<uint16_t>(p + 10),
                  get<uint32_t>(p + 16),
                  get<uint32_t>(p + 20),
                  get<uint32_t>(p + 24),
                  get<uint32_t>(p + 42)};
    read_zip64(p + kDirectoryBytes + name, extra, &record);
    *at = p + kDirectoryBytes + name + extra + comment;
    return record;
  }

  /// Extra field 1 holds, in this order, those of size, packed size and offset that read 0xffffffff in the record.
  void read_zip64(uint64_t at, uint64_t bytes, Record* record) const {
    for (uint64_t end = at + bytes; end - at >= 4;) {
      uint64_t id = get<uint16_t>(at), length = get<uint16_t>(at + 2);
      at += 4;
      if (length > end - at) corrupt("an extra field is cut");
      uint64_t p = at, stop = at + length;
      at = stop;
      if (id != 1) continue;
      for (uint64_t* field : {&record->size, &record->packed, &record->local}) {
        if (*field != 0xffffffff) continue;
        if (stop - p < 8) corrupt("a zip64 field is cut");
        *field = get<uint64_t>(p);
        p += 8;
      }
    }
  }

  Blob contents(const Record& record) const {
    std::string name = shown(record.name);
    if (record.flags & 1u)
      fail(ErrorCode::unsupported, where_, "save it without a password", "entry {} is encrypted", name);
    if (!inside(record.local, kLocalBytes) || get<uint32_t>(record.local) != kLocalSignature)
      corrupt(fmt::format("entry {} is not where the directory says", name));
    uint64_t start = record.local + kLocalBytes + get<uint16_t>(record.local + 26) + get<uint16_t>(record.local + 28);
    if (!inside(start, record.packed)) corrupt(fmt::format("entry {} reaches beyond the file", name));
    Blob data = archive_.sub(start, record.packed);
    if (record.method == kDeflated)
      data = expanded(data, record.size, name);
    else if (record.method != kStored)
      fail(ErrorCode::unsupported, where_, "save it with numpy.savez", "entry {} is compressed by method {}", name,
           record.method);
    if (data.size != record.size) corrupt(fmt::format("entry {} has two sizes", name));
    if (crc32_of(data.bytes()) != record.crc) corrupt(fmt::format("entry {} has a wrong checksum", name));
    return data;
  }

  Blob expanded([[maybe_unused]] const Blob& packed, [[maybe_unused]] uint64_t size, const std::string& name) const {
#ifdef LATHE_WITH_ZLIB
    constexpr uint64_t kLargestRatio = 1040;  // deflate reaches 1032
    if (size / kLargestRatio > packed.size || packed.size > UINT32_MAX || size > UINT32_MAX)
      corrupt(fmt::format("entry {} claims to expand from {} to {} bytes", name, packed.size, size));
    std::byte* out = nullptr;
    Blob data = Blob::zeros(size, &out);
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      fail(ErrorCode::out_of_memory, where_, "free some memory", "inflate");
    unsigned char nothing = 0;
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data));
    stream.avail_in = static_cast<uInt>(packed.size);
    stream.next_out = size == 0 ? &nothing : reinterpret_cast<Bytef*>(out);
    stream.avail_out = static_cast<uInt>(size);
    int status = inflate(&stream, Z_FINISH);
    bool complete = status == Z_STREAM_END && stream.total_out == size;
    inflateEnd(&stream);
    if (!complete) corrupt(fmt::format("entry {} does not expand to its {} bytes", name, size));
    return data;
#else
    fail(ErrorCode::unsupported, where_, "save it with numpy.savez, or build Lathe with zlib",
         "entry {} is compressed, which this build cannot read", name);
#endif
  }

  const Blob& archive_;
  std::string_view where_;
};
}  // namespace

uint32_t crc32_of(std::span<const std::byte> bytes, uint32_t before) {
  uint32_t crc = ~before;
  const auto& t = kCrcTables;
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) {
    uint32_t low, high;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + 4, 4);
    low ^= crc;
    crc = t[7][low & 0xff] ^ t[6][(low >> 8) & 0xff] ^ t[5][(low >> 16) & 0xff] ^ t[4][low >> 24] ^ t[3][high & 0xff] ^
          t[2][(high >> 8) & 0xff] ^ t[1][(high >> 16) & 0xff] ^ t[0][high >> 24];
  }
  for (; n > 0; --n, ++p) crc = (crc >> 8) ^ t[0][(crc ^ *p) & 0xff];
  return ~crc;
}

std::vector<ZipEntry> parse_zip(const Blob& archive, std::string_view where) {
  return ZipParser(archive, where).parse();
}

void ZipWriter::add(std::string_view name, std::initializer_list<std::span<const std::byte>> parts) {
  uint64_t size = 0;
  for (auto part : parts) size += part.size();
  uint64_t local = file_.size();
  if (size >= 0xffffffff || local + size + directory_.size() + (1 << 20) >= 0xffffffff || count_ == 0xfffe ||
      name.size() > 0xffff)
    fail(ErrorCode::unsupported, name, "write a safetensors file",
         "a zip archive of 4 GiB or 65,535 entries is not written");
  uint32_t crc = 0;
  for (auto part : parts) crc = crc32_of(part, crc);
  std::string common;
  append(common, kVersion);
  append(common, uint16_t{0x800});  // names are UTF-8
  append(common, kStored);
  append(common, uint16_t{0});
  append(common, kDate1980);
  append(common, crc);
  append(common, static_cast<uint32_t>(size));
  append(common, static_cast<uint32_t>(size));
  append(common, static_cast<uint16_t>(name.size()));
  append(common, uint16_t{0});
  std::string header;
  append(header, kLocalSignature);
  file_.write(header + common);
  file_.write(name);
  for (auto part : parts) file_.write(part.data(), part.size());

  append(directory_, kDirectorySignature);
  append(directory_, static_cast<uint16_t>(kVersion | kMadeOnUnix));
  directory_ += common;
  append(directory_, uint16_t{0});              // comment
  append(directory_, uint16_t{0});              // disk
  append(directory_, uint16_t{0});              // internal attributes
  append(directory_, uint32_t{0100644} << 16);  // external attributes: rw-r--r--
  append(directory_, static_cast<uint32_t>(local));
  directory_ += name;
  ++count_;
}

void ZipWriter::finish() {
  std::string end;
  uint64_t offset = file_.size();
  append(end, kEndSignature);
  append(end, uint32_t{0});
  append(end, static_cast<uint16_t>(count_));
  append(end, static_cast<uint16_t>(count_));
  append(end, static_cast<uint32_t>(directory_.size()));
  append(end, static_cast<uint32_t>(offset));
  append(end, uint16_t{0});
  file_.write(directory_);
  file_.write(end);
}

}  // namespace lathe
