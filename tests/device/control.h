#pragma once
#include <cstddef>

/// The name of the device that a library is for; there may be several at once.
#ifndef LATHE_TEST_DEVICE
#define LATHE_TEST_DEVICE "test"
#endif

namespace lathe::test {

/// What tests ask of the device for tests: its library shows one as `extern "C" DeviceControl lathe_test_control`.
struct DeviceControl {
  bool lose_copies = false;  ///< downloads and uploads bring nothing
  bool lose_events = false;  ///< waiting for an event does not wait
  int delay_us = 0;          ///< before each piece of work, beside what is random
  size_t limit = 0;          ///< bytes that can be allocated at once; 0: no limit
  size_t held = 0;           ///< bytes that are allocated now
  size_t abandoned = 0;      ///< pieces of work that queues had before them when they were given up
  size_t pinned_limit = 0;   ///< likewise of the host's memory that it gives
  size_t pinned_held = 0;
  size_t pinned_copied = 0;    ///< bytes that queues copied from and to that memory
  size_t unpinned_copied = 0;  ///< and from and to any other
};

}  // namespace lathe::test
