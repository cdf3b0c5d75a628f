#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// A shared immutable run of bytes that keeps its owner (a file map, a heap buffer) alive. Copying one copies a
/// pointer. A null owner means that the bytes outlive every user.
struct Blob {
  std::shared_ptr<const void> owner;
  const std::byte* data = nullptr;
  size_t size = 0;
  bool mapped = false;  ///< the pages of a file, which the system can read again

  /// For mapped bytes that nobody needs soon: gives their memory back; who reads them later has them read again.
  void forget() const;

  /// A copy on the heap, 64-byte aligned.
  static Blob copy_of(std::span<const std::byte> bytes);
  static Blob copy_of(const void* data, size_t size) { return copy_of({static_cast<const std::byte*>(data), size}); }
  /// A new 64-byte-aligned buffer, filled with zeros; `writable` is where to fill it before the Blob is shared.
  /// Error(out_of_memory) when it cannot be had.
  static Blob zeros(size_t size, std::byte** writable);

  /// The part [offset, offset + length), with the same owner. The caller guarantees that it lies inside.
  Blob sub(size_t offset, size_t length) const { return {owner, data + offset, length, mapped}; }
  std::span<const std::byte> bytes() const { return {data, size}; }
  /// The bytes as elements; the caller guarantees that `data` is aligned for T.
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data), size / sizeof(T)};
  }
};

/// A read-only memory map of a whole regular file; copies share it and the last one unmaps. An empty file is fine.
/// The file must not be cut shorter by others while it is mapped (write beside and rename, as AtomicFile does).
///   Error(not_found)  no such file
///   Error(io)         a folder, a pipe or device, or what the operating system refuses
class FileMap {
 public:
  FileMap() = default;
  explicit FileMap(const std::string& path);
  const std::string& path() const { return path_; }
  const std::byte* data() const { return blob_.data; }
  size_t size() const { return blob_.size; }
  /// The whole file; it keeps the map alive.
  const Blob& blob() const { return blob_; }

 private:
  std::string path_;
  Blob blob_;
};

/// The whole content of a file, pipe or device. Error(not_found | io); Error(out_of_range) above `max_bytes`.
std::string read_text_file(const std::string& path, size_t max_bytes);

/// The same of regular files alone, for what others name: a pipe may never end, and a device may give anything.
std::string read_regular_file(const std::string& path, size_t max_bytes);

/// Writes a file so that others see either the old content or the whole new one: bytes go to `<path>.tmp-<pid>-<n>`
/// and commit() renames. Without commit() the destructor removes what was written. An existing file keeps its
/// permissions; a symbolic link keeps pointing at the file, which is replaced. Pipes, devices and /dev/stdout are
/// written directly. Every write is checked: Error(io) names the path and the system's reason. Temporaries of the same
/// path whose process was killed are removed on the way; a lock keeps those of the living from it until they are
/// renamed.
class AtomicFile {
 public:
  enum class Durability { cached, synced };  ///< synced: commit() waits for the disk
  explicit AtomicFile(std::string path, Durability durability = Durability::cached);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(const void* data, size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Bytes written so far.
  uint64_t size() const { return size_; }
  void commit();

 private:
  void flush();
  void write_through(const char* data, size_t size);
  [[noreturn]] void refuse(std::string_view action) const;

  std::string path_;       ///< as the user named it
  std::string target_;     ///< path_ with links followed; empty: written directly
  std::string temporary_;  ///< empty: nothing to remove
  Durability durability_;
  int fd_ = -1;
  uint64_t size_ = 0;
  std::vector<char> buffer_;
};

/// Removes the temporaries of all unfinished AtomicFiles of this process. For signal handlers: it takes no lock and no
/// memory, and the program must end afterwards.
void remove_unfinished_files() noexcept;

}  // namespace lathe
