#pragma once
#include "kernels/cpu/copy/copy.h"

namespace lathe::cpu {

/// One loop of a copy: how often, and the bytes from one time to the next.
struct CopyLoop {
  int64_t n = 1, x = 0, y = 0;
};

/// How a copy is done: loops around planes [a, b], which are cut into blocks; a member gets a share of all blocks.
struct CopyLoops {
  enum class Form : uint8_t {
    nothing,
    runs,      ///< b lies side by side in x and in y
    tiles,     ///< a lies side by side in x, b in y: a transposition
    elements,  ///< any
  };
  Form form = Form::nothing;
  int64_t element = 4;  ///< bytes: 1, 2, 4, 8, 16
  int rank = 0;
  CopyLoop outer[kCopyRank];
  int64_t outer_count = 1;
  CopyLoop a, b;
  int64_t block_a = 1, block_b = 1;    ///< their sizes
  int64_t blocks_a = 0, blocks_b = 0;  ///< and how many a plane has
};

/// The loops of a copy, y's distances falling inwards: dimensions that lie alike are one, and a run of 2 to 16 bytes is
/// an element.
CopyLoops copy_loops(const CopyArgs& args);

}  // namespace lathe::cpu
