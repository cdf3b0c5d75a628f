#pragma once
#include "passes/pass.h"

namespace lathe::passes {

// One function a pass, each in the source of its name; pipeline.cpp puts them in order.
int widen_after_lookup(ir::Network& network, const PassContext& context);
int fold_constants(ir::Network& network, const PassContext& context);
int sink_reshapes(ir::Network& network, const PassContext& context);
int merge_moves(ir::Network& network, const PassContext& context);
int drop_expands(ir::Network& network, const PassContext& context);
int split_batches(ir::Network& network, const PassContext& context);
int common_subexpressions(ir::Network& network, const PassContext& context);
int fuse_layer_norm(ir::Network& network, const PassContext& context);
int fuse_gelu(ir::Network& network, const PassContext& context);
int fuse_silu(ir::Network& network, const PassContext& context);
int fuse_linear(ir::Network& network, const PassContext& context);
int project_rnn(ir::Network& network, const PassContext& context);
int fuse_rotary(ir::Network& network, const PassContext& context);
int fuse_attention(ir::Network& network, const PassContext& context);
int fuse_embeddings(ir::Network& network, const PassContext& context);
int fold_scale(ir::Network& network, const PassContext& context);
int channels_last(ir::Network& network, const PassContext& context);
int push_transposes(ir::Network& network, const PassContext& context);
int fuse_qkv(ir::Network& network, const PassContext& context);
int fuse_epilogue(ir::Network& network, const PassContext& context);
int fuse_parallel(ir::Network& network, const PassContext& context);
int first_tokens(ir::Network& network, const PassContext& context);
int pack_tokens(ir::Network& network, const PassContext& context);
int select_rows(ir::Network& network, const PassContext& context);
int assign_precision(ir::Network& network, const PassContext& context);
int fuse_pointwise(ir::Network& network, const PassContext& context);
int legalise(ir::Network& network, const PassContext& context);
int remove_dead(ir::Network& network, const PassContext& context);

}  // namespace lathe::passes
