#include "base/error.h"
#include "frontends/huggingface/sentence.h"
#include "ops/concat.h"

namespace lathe::huggingface {
namespace {

using Kind = SentenceModule::Kind;

class SentenceBuilder {
 public:
  SentenceBuilder(const Graph& graph, ModuleBuilder& build, ir::Network& network, std::vector<std::string>& files)
      : graph_(graph), build_(build), network_(network), files_(files), tokens_(graph.hidden) {}

  void add(const SentenceModule& module) {
    ir::ValueId& value = module.kind == Kind::pooling || !module.gives_tokens ? texts_ : tokens_;
    const std::string path = "sentence_embedding." + module.name;
    switch (module.kind) {
      case Kind::pooling: value = pool(module); return;
      case Kind::normalize: value = build_.normalized(value, path + ".normalize"); return;
      case Kind::dense: value = dense(module, value); return;
      case Kind::layer_norm: value = layer_norm(module, value); return;
    }
  }
  ir::ValueId texts() const { return texts_; }

 private:
  int64_t width_of(ir::ValueId value) const { return network_.value(value).type.shape.back().constant(); }

  void need_width(const SentenceModule& module, ir::ValueId value) const {
    if (width_of(value) != module.in)
      fail(ErrorCode::corrupt_file, module.folder, "mend its config.json",
           "the module takes vectors of {} numbers, the one before gives {}", module.in, width_of(value));
  }

  ir::ValueId pool(const SentenceModule& module) {
    const std::string path = "sentence_embedding";
    std::vector<ir::ValueId> parts;
    for (const std::string& mode : module.pooling)
      parts.push_back(network_.add1(ops::SequencePool{*pool_mode(mode)}, {tokens_, graph_.mask},
                                    fmt::format("{}.{}", path, mode), {path}));
    return parts.size() == 1 ? parts[0] : network_.add1(ops::Concat{-1}, parts, path + ".concat", {path});
  }

  ir::ValueId dense(const SentenceModule& module, ir::ValueId x) {
    need_width(module, x);
    Weights weights(module.folder, {}, network_, module.name + ".");
    ModuleBuilder build(network_, weights);
    const std::string path = "sentence_embedding." + module.name;
    ir::ValueId y = build.linear(x, module.in, module.out, "linear", module.bias);
    if (!module.activation.empty()) y = build.activation(y, module.activation, path);
    if (module.residual) {
      if (module.in != module.out) x = build.linear(x, module.in, module.out, "residual", false);
      y = build.binary(ops::BinaryKind::add, y, x, path, "add_residual");
    }
    return done(weights, y);
  }

  ir::ValueId layer_norm(const SentenceModule& module, ir::ValueId x) {
    constexpr double kEpsilon = 1e-5;  // nn.LayerNorm's own
    need_width(module, x);
    Weights weights(module.folder, {}, network_, module.name + ".");
    ModuleBuilder build(network_, weights);
    return done(weights, build.layer_norm(x, module.in, kEpsilon, "norm"));
  }

  ir::ValueId done(const Weights& weights, ir::ValueId value) {
    weights.check({});
    weights.warn_unused({});
    const std::vector<std::string> files = weights.store().files();
    files_.insert(files_.end(), files.begin(), files.end());
    return value;
  }

  const Graph& graph_;
  ModuleBuilder& build_;
  ir::Network& network_;
  std::vector<std::string>& files_;
  ir::ValueId tokens_, texts_ = ir::kNone;
};

}  // namespace

SentenceGraph build_sentence(const SentenceModules& sentence, const Graph& graph, ModuleBuilder& build,
                             ir::Network& network, std::vector<std::string>& files) {
  SentenceBuilder builder(graph, build, network, files);
  SentenceGraph result;
  const bool marks = sentence.info.changes_vectors;
  for (const SentenceModule& module : sentence.modules) {
    const bool last = &module == &sentence.modules.back();
    if (marks && last && sentence.info.normalize) result.unnormalized = builder.texts();
    builder.add(module);
    if (marks && module.kind == Kind::pooling) result.pooled = builder.texts();
  }
  result.vector = builder.texts();
  return result;
}

}  // namespace lathe::huggingface
