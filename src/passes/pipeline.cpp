#include "passes/passes.h"

namespace lathe::passes {

const std::vector<Pass>& pipeline() {
  static const std::vector<Pass> passes = {
      // Plain ops in one spelling.
      {"remove_dead", remove_dead},                      // what only computed sizes, which are attributes now
      {"widen_after_lookup", widen_after_lookup},        // tables of f16 and bf16 stay as small as they are stored
      {"fold_constants", fold_constants},                // ops on constants are computed, ops that change nothing go
      {"common_subexpressions", common_subexpressions},  // the same op on the same inputs is computed once
      {"sink_reshapes", sink_reshapes},                  // positions of all texts in one dimension -> in their own
      {"split_batches", split_batches},                  // batches that products merged are two dimensions again
      {"drop_expands", drop_expands},                    // what readers would repeat themselves
      {"merge_moves", merge_moves},                      // reshapes and transposes that come to one transpose
      // Plain ops become fused ones.
      {"fuse_layer_norm", fuse_layer_norm},  // means, differences, square root  -> layer_norm
      {"fuse_gelu", fuse_gelu},              // erf and tanh forms               -> activation
      {"fuse_silu", fuse_silu},              // products with sigmoids           -> activation
      {"fuse_linear", fuse_linear},          // product with weights, bias       -> linear
      {"fuse_rotary", fuse_rotary},          // halves of heads that turn        -> rotary
      {"fuse_attention", fuse_attention},    // heads, scores, mask, softmax     -> attention
      {"fuse_embeddings", fuse_embeddings},  // lookups, sums, layer_norm        -> embedding
      {"project_rnn", project_rnn},          // a recurrent layer                -> linear, recurrence
      // Images.
      {"fold_scale", fold_scale},            // products and sums behind products -> weights and biases
      {"fold_constants", fold_constants},    // what came of them
      {"channels_last", channels_last},      // windows over [n, c, ..]           -> over [n, .., c], between transposes
      {"push_transposes", push_transposes},  // these meet and go
      {"fold_constants", fold_constants},    // weights in that order
      // Fused ops grow.
      {"fuse_qkv", fuse_qkv},            // the products before an attention -> one
      {"fuse_epilogue", fuse_epilogue},  // activation, residual, layer_norm -> into the product before them
      {"fuse_parallel", fuse_parallel},  // narrow products of one input -> one
      // Only the tokens and rows that are asked for.
      {"first_tokens", first_tokens},  // position 0 under a mask -> the first token that counts
      {"pack_tokens", pack_tokens},    // [batch, seq, ..] under a mask -> [tokens, ..]
      {"select_rows", select_rows},    // after the last attention, only the rows that are read
      // Types.
      {"assign_precision", assign_precision},  // encoder ops store bf16 where the build asks for it
      // What the passes above left behind.
      {"fold_constants", fold_constants},
      {"common_subexpressions", common_subexpressions},
      {"remove_dead", remove_dead},
      // What is left of ops on single elements.
      {"fuse_pointwise", fuse_pointwise},  // sums, products, activations, casts in a row -> pointwise
      // What no kernel of the target takes as a whole: it is asked about types and constants as they are now.
      {"legalise", legalise},
      {"fold_constants", fold_constants},
      {"common_subexpressions", common_subexpressions},
      {"remove_dead", remove_dead},
  };
  return passes;
}

}  // namespace lathe::passes
