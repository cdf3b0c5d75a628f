#include "base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace lathe {
namespace {
constexpr size_t kBufferBytes = 1 << 16;

/// A file descriptor that closes itself.
struct Descriptor {
  int fd;
  explicit Descriptor(int descriptor) : fd(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

int open_for_reading(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return fd;
  if (errno == ENOENT || errno == ENOTDIR) fail(ErrorCode::not_found, path, "check the path", "there is no such file");
  fail(ErrorCode::io, path, "check the file's permissions", "cannot be opened for reading: {}", std::strerror(errno));
}

/// The standard descriptor that a path such as /dev/stdout or /dev/fd/3 names, or -1. Opening such a path anew would
/// start at offset 0 of a redirected file.
int named_descriptor(const std::string& path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (std::string_view prefix : {"/dev/fd/", "/proc/self/fd/"}) {
    if (path.rfind(prefix, 0) != 0 || path.size() == prefix.size() || path.size() > prefix.size() + 6) continue;
    if (path.find_first_not_of("0123456789", prefix.size()) == std::string::npos)
      return std::atoi(path.c_str() + prefix.size());
  }
  return -1;
}

/// Where the bytes of a regular file lie once symbolic links are followed; a dangling link gives the path itself.
std::string follow_links(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  if (!real) return path;
  std::string result = real;
  std::free(real);
  return result;
}

/// Temporaries that exist now, where a signal handler can read them. A program writes few files at once; what finds no
/// place here is left to the next sweep.
struct Unfinished {
  std::atomic<bool> taken{false}, named{false};
  char path[4096];
};
Unfinished unfinished[16];

void note_unfinished(const std::string& path) {
  if (path.size() >= sizeof Unfinished::path) return;
  for (Unfinished& place : unfinished) {
    if (place.taken.exchange(true)) continue;
    std::memcpy(place.path, path.c_str(), path.size() + 1);
    place.named = true;
    return;
  }
}

void note_finished(const std::string& path) {
  for (Unfinished& place : unfinished) {
    if (!place.named || path != place.path) continue;
    place.named = false;
    place.taken = false;
    return;
  }
}

/// Whether `name` is `prefix`, the number of a process that is gone, "-" and a number.
bool is_orphan(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  const size_t dash = name.find('-');
  if (dash == 0 || dash > 9 || dash + 1 >= name.size()) return false;
  for (size_t i = 0; i < name.size(); ++i)
    if (i != dash && (name[i] < '0' || name[i] > '9')) return false;
  return kill(std::atoi(std::string(name.substr(0, dash)).c_str()), 0) != 0 && errno == ESRCH;
}

/// Removes what killed processes left beside `target`. A writer holds a lock on its temporary: one of another container
/// or host, whose number means nothing here, is left alone.
void sweep(const std::string& target) {
  namespace fs = std::filesystem;
  const fs::path path(target), folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string prefix = path.filename().string() + ".tmp-";
  std::error_code failed, unremoved;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (!is_orphan(entry->path().filename().string(), prefix)) continue;
    Descriptor file(open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.fd >= 0 && flock(file.fd, LOCK_EX | LOCK_NB) == 0) fs::remove(entry->path(), unremoved);
  }
}
/// A new file beside `target`, locked, and its name; -1: errno says why not. A sweep that comes between the two takes
/// it for a killed process's, which the lock or the count of its names shows: then another is made.
int open_temporary(const std::string& target, std::string& name) {
  static std::atomic<unsigned> counter{0};
  while (true) {
    name = fmt::format("{}.tmp-{}-{}", target, getpid(), counter++);
    const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return fd;
    // On a file system without locks, which says something else, the process's number must do.
    const bool taken = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    struct stat status {};
    if (!taken && (fstat(fd, &status) != 0 || status.st_nlink > 0)) return fd;
    unlink(name.c_str());
    close(fd);
  }
}
}  // namespace

void remove_unfinished_files() noexcept {
  for (Unfinished& place : unfinished)
    if (place.named) unlink(place.path);
}

Blob Blob::zeros(size_t size, std::byte** writable) {
  constexpr size_t kAlignment = 64;
  *writable = nullptr;
  if (size == 0) return {};
  // calloc hands out fresh zero pages untouched, which a large aligned allocation plus memset would not.
  void* memory = size > SIZE_MAX - kAlignment ? nullptr : std::calloc(size + kAlignment, 1);
  if (!memory) fail(ErrorCode::out_of_memory, "", "free some memory", "{} bytes could not be had", size);
  std::shared_ptr<const void> owner(memory, std::free);
  auto address = (reinterpret_cast<uintptr_t>(memory) + kAlignment - 1) / kAlignment * kAlignment;
  *writable = reinterpret_cast<std::byte*>(address);
  return {std::move(owner), *writable, size};
}

Blob Blob::copy_of(std::span<const std::byte> bytes) {
  std::byte* writable = nullptr;
  Blob blob = zeros(bytes.size(), &writable);
  if (!bytes.empty()) std::memcpy(writable, bytes.data(), bytes.size());
  return blob;
}

void Blob::forget() const {
  if (!mapped || size == 0) return;
  // Pages that others share at both ends stay.
  constexpr uintptr_t kPage = 4096;
  const auto address = reinterpret_cast<uintptr_t>(data);
  const uintptr_t begin = (address + kPage - 1) / kPage * kPage, end = (address + size) / kPage * kPage;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

FileMap::FileMap(const std::string& path) : path_(path) {
  // O_NONBLOCK keeps a pipe without a writer from hanging the open; it has no meaning for regular files.
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) file.fd = open_for_reading(path);
  struct stat status {};
  if (fstat(file.fd, &status) != 0)
    fail(ErrorCode::io, path, "check the file", "its size cannot be read: {}", std::strerror(errno));
  if (S_ISDIR(status.st_mode)) fail(ErrorCode::io, path, "name a file inside it", "is a folder, not a file");
  if (!S_ISREG(status.st_mode))
    fail(ErrorCode::io, path, "save it to a regular file first", "is a pipe or device, which cannot be mapped");
  auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return;
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (memory == MAP_FAILED)
    fail(ErrorCode::io, path, "check the file system and the memory limits", "{} bytes cannot be mapped: {}", size,
         std::strerror(errno));
  blob_.owner = std::shared_ptr<const void>(memory, [size](const void* p) { munmap(const_cast<void*>(p), size); });
  blob_.data = static_cast<const std::byte*>(memory);
  blob_.size = size;
  blob_.mapped = true;
}

std::string read_text_file(const std::string& path, size_t max_bytes) {
  Descriptor file(open_for_reading(path));
  std::string text;
  size_t used = 0;
  for (;;) {
    if (used == text.size()) text.resize(used + std::min(max_bytes - used, std::max(kBufferBytes, used)) + 1);
    ssize_t got = read(file.fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EISDIR) fail(ErrorCode::io, path, "name a file inside it", "is a folder, not a file");
    if (got < 0) fail(ErrorCode::io, path, "check the file system", "cannot be read: {}", std::strerror(errno));
    if (got == 0) break;
    used += static_cast<size_t>(got);
    if (used > max_bytes)
      fail(ErrorCode::out_of_range, path, "check that it is the right file", "is larger than the {} bytes allowed here",
           max_bytes);
  }
  text.resize(used);
  return text;
}

std::string read_regular_file(const std::string& path, size_t max_bytes) {
  const FileMap file(path);
  if (file.size() > max_bytes)
    fail(ErrorCode::out_of_range, path, "check that it is the right file", "it has {} bytes, more than {}", file.size(),
         max_bytes);
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

AtomicFile::AtomicFile(std::string path, Durability durability) : path_(std::move(path)), durability_(durability) {
  if (path_.empty()) fail(ErrorCode::invalid_argument, "output file", "give a file name", "the name is empty");
  buffer_.reserve(kBufferBytes);
  if (int existing = named_descriptor(path_); existing >= 0) {
    fd_ = fcntl(existing, F_DUPFD_CLOEXEC, 0);
    if (fd_ < 0) refuse("opened for writing");
    return;
  }
  struct stat status {};
  bool exists = stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    fail(ErrorCode::io, path_, "give a file name", "is a folder and cannot be replaced by a file");
  if (exists && !S_ISREG(status.st_mode)) {
    fd_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) refuse("opened for writing");
    return;
  }
  if (exists && access(path_.c_str(), W_OK) != 0) refuse("opened for writing");
  target_ = exists ? follow_links(path_) : path_;
  sweep(target_);
  std::string temporary;
  if ((fd_ = open_temporary(target_, temporary)) < 0) refuse("opened for writing");
  temporary_ = std::move(temporary);
  note_unfinished(temporary_);
  if (exists && fchmod(fd_, status.st_mode & 0777) != 0) errno = 0;  // the content matters more than the mode
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) close(fd_);
  if (temporary_.empty()) return;
  unlink(temporary_.c_str());
  note_finished(temporary_);
}

void AtomicFile::refuse(std::string_view action) const {
  int reason = errno;
  std::string_view cure = reason == ENOSPC || reason == EDQUOT || reason == EFBIG
                              ? "free some space or choose another place"
                          : reason == ENOENT || reason == ENOTDIR ? "create the folder first"
                                                                  : "choose a place that you may write to";
  fail(ErrorCode::io, path_, cure, "cannot be {}: {}", action, std::strerror(reason));
}

void AtomicFile::write_through(const char* data, size_t size) {
  while (size > 0) {
    ssize_t put = ::write(fd_, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {  // a pipe that its reader made non-blocking
      pollfd waiting{fd_, POLLOUT, 0};
      poll(&waiting, 1, -1);
      continue;
    }
    if (put < 0) refuse("written");
    data += put;
    size -= static_cast<size_t>(put);
  }
}

void AtomicFile::flush() {
  write_through(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void AtomicFile::write(const void* data, size_t size) {
  if (fd_ < 0) fail(ErrorCode::internal, path_, "", "written after commit");
  const auto* bytes = static_cast<const char*>(data);
  size_ += size;
  if (buffer_.size() + size > kBufferBytes) flush();
  if (size > kBufferBytes)
    write_through(bytes, size);
  else
    buffer_.insert(buffer_.end(), bytes, bytes + size);
}

void AtomicFile::commit() {
  if (fd_ < 0) fail(ErrorCode::internal, path_, "", "committed twice");
  flush();
  if (durability_ == Durability::synced && !target_.empty() && fsync(fd_) != 0) refuse("written");
  const Descriptor lock(fcntl(fd_, F_DUPFD_CLOEXEC, 0));  // holds it until the file has its name
  int fd = fd_;
  fd_ = -1;
  if (close(fd) != 0 && errno != EINTR) refuse("written");  // NFS and quotas report late
  if (target_.empty()) return;
  if (rename(temporary_.c_str(), target_.c_str()) != 0) refuse("renamed into place");
  note_finished(temporary_);
  temporary_.clear();
}

}  // namespace lathe
