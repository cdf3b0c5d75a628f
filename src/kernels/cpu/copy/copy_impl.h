#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/copy/loops.h"
#include "kernels/cpu/copy/tile.h"

namespace lathe::cpu {
namespace {

/// A block of a plane: a and b of CopyLoops with this block's counts.
struct Block {
  const char* x;
  char* y;
  CopyLoop a, b;
};

template <class T>
LATHE_SIMD void move_one(const char* x, char* y) {
  T value;
  std::memcpy(&value, x, sizeof value);
  std::memcpy(y, &value, sizeof value);
}

template <class T>
LATHE_SIMD void fill(const char* x, char* y, int64_t n) {
  T value;
  std::memcpy(&value, x, sizeof value);
  for (int64_t i = 0; i < n; ++i) std::memcpy(y + i * static_cast<int64_t>(sizeof value), &value, sizeof value);
}

template <class T>
void copy_elements(const Block& block) {
  constexpr auto kSize = static_cast<int64_t>(sizeof(T));
  const int64_t x_step = block.b.x, y_step = block.b.y;
  for (int64_t i = 0; i < block.a.n; ++i) {
    const char* x = block.x + i * block.a.x;
    char* y = block.y + i * block.a.y;
    if (x_step == 0 && y_step == kSize)
      fill<T>(x, y, block.b.n);
    else if (y_step == kSize)
      for (int64_t j = 0; j < block.b.n; ++j) move_one<T>(x + j * x_step, y + j * kSize);
    else
      for (int64_t j = 0; j < block.b.n; ++j) move_one<T>(x + j * x_step, y + j * y_step);
  }
}

void copy_runs(const Block& block, int64_t element) {
  const auto bytes = static_cast<size_t>(block.b.n * element);
  for (int64_t i = 0; i < block.a.n; ++i) std::memcpy(block.y + i * block.a.y, block.x + i * block.a.x, bytes);
}

/// Where the i-th of the tiles that cover n elements starts: the last one may lie over part of the one before.
LATHE_SIMD int64_t tile_at(int64_t at, int64_t n, int64_t tile) { return at + tile <= n ? at : n - tile; }

template <class T>
void copy_tiles(const Block& block) {
  constexpr int kE = sizeof(T);
  constexpr int64_t kA = kTileA<kE>, kB = kTileB<kE>;
  if (block.a.n < kA || block.b.n < kB) return copy_elements<T>(block);
  // What a line of x holds is turned while the line is near.
  constexpr int64_t kLine = 64 / kE;
  for (int64_t line = 0; line < block.a.n; line += kLine)
    for (int64_t j = 0; j < block.b.n; j += kB)
      for (int64_t i = line; i < block.a.n && i < line + kLine; i += kA) {
        const int64_t a = tile_at(i, block.a.n, kA), b = tile_at(j, block.b.n, kB);
        turn_tile<kE>(block.x + a * block.a.x + b * block.b.x, block.b.x, block.y + a * block.a.y + b * block.b.y,
                      block.a.y);
      }
}

template <class T>
void copy_block(const Block& block, const CopyLoops& loops) {
  switch (loops.form) {
    case CopyLoops::Form::nothing: return;
    case CopyLoops::Form::runs: return copy_runs(block, loops.element);
    case CopyLoops::Form::tiles: return copy_tiles<T>(block);
    case CopyLoops::Form::elements: return copy_elements<T>(block);
  }
}

void copy_block(const Block& block, const CopyLoops& loops) {
  switch (loops.element) {
    case 1: return copy_block<uint8_t>(block, loops);
    case 2: return copy_block<uint16_t>(block, loops);
    case 4: return copy_block<uint32_t>(block, loops);
    case 8: return copy_block<uint64_t>(block, loops);
    default:  // what is wider is never turned in tiles
      return loops.form == CopyLoops::Form::runs ? copy_runs(block, loops.element) : copy_elements<__m128i>(block);
  }
}

/// The place of an iteration of the outer loops.
struct Place {
  int64_t index[kCopyRank] = {}, x = 0, y = 0;

  void seek(const CopyLoops& loops, int64_t iteration) {
    for (int d = loops.rank - 1; d >= 0; --d) {
      index[d] = iteration % loops.outer[d].n;
      iteration /= loops.outer[d].n;
      x += index[d] * loops.outer[d].x;
      y += index[d] * loops.outer[d].y;
    }
  }
  void next(const CopyLoops& loops) {
    for (int d = loops.rank - 1; d >= 0; --d) {
      const CopyLoop& loop = loops.outer[d];
      x += loop.x;
      y += loop.y;
      if (++index[d] < loop.n) return;
      x -= loop.n * loop.x;
      y -= loop.n * loop.y;
      index[d] = 0;
    }
  }
};

LATHE_SIMD int64_t length_of(int64_t at, int64_t block, int64_t n) { return at + block <= n ? block : n - at; }

void copy(const CopyArgs& args, Team& team) noexcept {
  const CopyLoops loops = copy_loops(args);
  if (loops.form == CopyLoops::Form::nothing) return;
  const int64_t blocks_a = loops.blocks_a, a_plane = blocks_a * loops.blocks_b;
  const Team::Range share = team.share(loops.outer_count * a_plane);
  Place place;
  place.seek(loops, share.begin / a_plane);
  for (int64_t i = share.begin; i < share.end; ++i) {
    const int64_t in_plane = i % a_plane;
    if (in_plane == 0 && i > share.begin) place.next(loops);
    // Along a first: the pages of x that a column of blocks reads stay near.
    const int64_t a = in_plane % blocks_a * loops.block_a, b = in_plane / blocks_a * loops.block_b;
    Block block{static_cast<const char*>(args.x) + place.x + a * loops.a.x + b * loops.b.x,
                static_cast<char*>(args.y) + place.y + a * loops.a.y + b * loops.b.y, loops.a, loops.b};
    block.a.n = length_of(a, loops.block_a, loops.a.n);
    block.b.n = length_of(b, loops.block_b, loops.b.n);
    copy_block(block, loops);
  }
}

}  // namespace

#define LATHE_COPY(isa)                                                        \
  LATHE_ONLY_##isa(void copy_##isa(const CopyArgs& args, Team& team) noexcept; \
                   void copy_##isa(const CopyArgs& args, Team& team) noexcept { copy(args, team); })
#include "kernels/cpu/copy/kernels.inc"
#undef LATHE_COPY

}  // namespace lathe::cpu
