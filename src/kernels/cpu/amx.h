#pragma once
#include <cstdint>

#include "kernels/cpu/simd.h"

// What all users of the tile unit share. Tiles are 64 bytes wide.
namespace lathe::cpu {
namespace {

/// The compiler takes tile loads and stores for instructions that touch no memory: between them and ordinary access to
/// the same place stands this.
inline __attribute__((always_inline)) void memory_is_written() { __asm__ volatile("" ::: "memory"); }

struct TileHeights {
  int64_t rows[8];
};
/// Makes tile t rows[t] high, 1 to 16.
inline void load_tile_heights(const TileHeights& heights) {
  struct alignas(64) {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } config;
  __builtin_memset(&config, 0, sizeof config);
  config.palette = 1;
  for (int tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = 64;
    config.rows[tile] = static_cast<uint8_t>(heights.rows[tile]);
  }
  __asm__ volatile("" ::"r"(&config) : "memory");  // as memory_is_written(), for a variable that nobody else has seen
  _tile_loadconfig(&config);
}

}  // namespace
}  // namespace lathe::cpu
