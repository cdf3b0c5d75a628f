#pragma once
#include <string>

#include "ir/network.h"

namespace lathe::ir {

/// The text form of a network, which parse() reads back, one thing a line:
///
///   network mini-bert
///   input %input_ids: i32[batch, seq]
///   input %b: f32[n] declared [m]                             its shape as given, where m has become n
///   input %attention_mask: i32[batch, seq] = ones as mask     a value for callers that leave it out; what it means
///   constant %eps: f32[] = [1e-12] # source                   numbers, where there are few
///   constant %half: f16[2] = 0x003c0040                       bytes as they lie in memory, where numbers are not exact
///   constant %w: f32[768, 768] = random # recipe              data left out: reading makes pseudo-random numbers
///   %y.out: f32[batch, seq, 768] = linear(epilogue=bias, transposed=true) (%x, %w, %b) # bert.layer.0.dense
///   %a: i32[tokens], %b: i32[batch + 1] = pack_index (%attention_mask) @pack # origin1, origin2
///   equal n == m by add                                       what each run must find equal, and the node
///   output logits = %y.out
///   output packed.logits = %z on_demand as packed logits
///   entry cu_seqlens = %b required as bounds tokens
///
/// A node that runs blocks has them behind it, each a network without a name:
///
///   %y.out: f32[n] = if(results=[f32[n]]) (%condition, %x)
///   block
///     input %x: f32[n]
///     %a.out: f32[n] = unary(kind=neg) (%x)
///     output y = %a.out
///   end
///   block
///   ...
///
/// `@name` is the node's name where it is not its value's name without ".out". Names with odd characters are quoted.
std::string print(const Network& network);

}  // namespace lathe::ir
