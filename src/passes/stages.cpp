#include "passes/stages.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace lathe::passes {
namespace {

struct Stage {
  std::string_view pass;
  std::vector<std::string_view> may_bring;
};

/// Passes that are not named bring in nothing new.
const std::vector<Stage>& stages() {
  static const std::vector<Stage> table = {
      {"split_batches", {"reshape", "expand"}},
      {"merge_moves", {"transpose"}},
      {"fuse_layer_norm", {"layer_norm"}},
      {"fuse_gelu", {"activation"}},
      {"fuse_silu", {"activation"}},
      {"fuse_linear", {"linear"}},
      {"fuse_rotary", {"rotary", "reshape", "slice", "transpose"}},
      {"fuse_attention", {"attention", "binary", "cast", "reshape", "slice", "where"}},
      {"fuse_embeddings", {"embedding", "expand"}},
      {"project_rnn", {"linear", "reshape", "transpose"}},
      {"channels_last", {"transpose", "linear", "reshape"}},
      {"push_transposes", {"reshape"}},
      {"fuse_qkv", {"concat", "slice"}},
      {"fuse_epilogue", {}},
      {"fuse_parallel", {"concat", "slice"}},
      {"first_tokens", {"sequence_pool", "reshape"}},
      {"pack_tokens", {"pack_index", "unpack_rows", "reshape", "gather", "expand"}},
      {"select_rows", {"gather"}},
      {"assign_precision", {"cast"}},
      {"fuse_pointwise", {"pointwise"}},
      {"legalise",
       {"activation", "binary", "cast", "fill", "gather", "layer_norm", "matmul", "reduce", "reshape", "softmax",
        "transpose", "unary", "where"}},
  };
  return table;
}

}  // namespace

std::set<std::string_view> kinds(const ir::Network& network) {
  std::set<std::string_view> found;
  for (ir::NodeId id : network.nodes()) found.insert(network.node(id).op.name());
  return found;
}

void check_stage(std::string_view pass, const std::set<std::string_view>& before, const ir::Network& network) {
  auto stage = std::find_if(stages().begin(), stages().end(), [&](const Stage& s) { return s.pass == pass; });
  for (std::string_view kind : kinds(network)) {
    if (before.count(kind)) continue;
    bool allowed = stage != stages().end() && std::count(stage->may_bring.begin(), stage->may_bring.end(), kind) > 0;
    if (!allowed) fail(ErrorCode::internal, pass, "please report this network", "the pass brought in the op {}", kind);
  }
}

}  // namespace lathe::passes
