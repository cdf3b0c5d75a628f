#pragma once
#include "ir/network.h"

namespace lathe::ir {

/// Renames of symbols until it ends, all or none: they are undone unless they are kept.
class Network::Attempt {
 public:
  explicit Attempt(Network& network) : network_(network) {}
  ~Attempt() {
    if (!kept_) network_.undo_to(0);
    network_.undo_.clear();
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  void keep() { kept_ = true; }

 private:
  Network& network_;
  bool kept_ = false;
};

}  // namespace lathe::ir
