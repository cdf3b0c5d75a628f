#pragma once
#include <cstdint>
#include <exception>

namespace lathe::test {

/// Whether the library's calls are seen: a standard library that is linked into it has an operator new of its own.
bool allocations_are_seen();

/// How often this process has called operator new so far, on any thread.
int64_t allocations();

/// While it lives, one call of operator new on this thread throws: the one after `skipped` others.
class FailingAllocation {
 public:
  explicit FailingAllocation(int64_t skipped, std::exception_ptr what);
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;
  ~FailingAllocation();
  bool thrown() const { return skipped_ < 0; }
  /// What operator new calls.
  void count_down() {
    if (skipped_ >= 0 && --skipped_ < 0) std::rethrow_exception(what_);
  }

 private:
  int64_t skipped_;
  std::exception_ptr what_;
};

}  // namespace lathe::test
