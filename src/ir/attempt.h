#pragma once
#include "ir/network.h"

namespace lathe::ir {

/// Renames and definitions of symbols until it ends, all or none: they are undone unless they are kept.
class Network::Attempt {
 public:
  explicit Attempt(Network& network) : network_(network), definitions_(network.definitions_.size()) {}
  ~Attempt() {
    if (!kept_) network_.undo_to(0);
    if (!kept_) network_.definitions_.resize(definitions_);
    network_.undo_.clear();
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  void keep() { kept_ = true; }

 private:
  Network& network_;
  size_t definitions_;
  bool kept_ = false;
};

}  // namespace lathe::ir
