// model_type "bert": BertModel and its heads (Devlin et al. 2018), equal to transformers' classes of the same names.
#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "frontends/huggingface/family.h"
#include "frontends/huggingface/labels.h"
#include "frontends/huggingface/module_builder.h"
#include "ops/binary.h"
#include "ops/gather.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/slice.h"

namespace lathe::huggingface {
namespace {

struct Class {
  std::string_view name;
  std::vector<std::string_view> outputs;  ///< in transformers' order
  std::vector<std::string> weights;       ///< prefixes of the weights beside the encoder's
};

const std::vector<Class>& classes() {
  static const std::vector<Class> known = {
      {"BertModel", {"last_hidden_state", "pooler_output"}, {"bert.pooler."}},
      {"BertForMaskedLM", {"logits"}, {"cls.predictions."}},
      {"BertForPreTraining",
       {"prediction_logits", "seq_relationship_logits"},
       {"bert.pooler.", "cls.predictions.", "cls.seq_relationship."}},
      {"BertForNextSentencePrediction", {"logits"}, {"bert.pooler.", "cls.seq_relationship."}},
      {"BertForSequenceClassification", {"logits"}, {"bert.pooler.", "classifier."}},
      {"BertForTokenClassification", {"logits"}, {"classifier."}},
      {"BertForQuestionAnswering", {"start_logits", "end_logits"}, {"qa_outputs."}},
  };
  return known;
}

const Class& find_class(std::string_view name, std::string_view where) {
  std::vector<std::string_view> names;
  for (const Class& c : classes()) {
    if (c.name == name) return c;
    names.push_back(c.name);
  }
  fail(ErrorCode::unsupported, where, fmt::format("known are {}; name one as the head", fmt::join(names, ", ")),
       "the class '{}' is not supported", name.substr(0, 64));
}

ModelInfo describe(const Config& config, const std::string& head) {
  ModelInfo info;
  info.model_type = "bert";
  info.architecture = head.empty() ? first_architecture(config, "BertModel") : head;
  find_class(info.architecture, config.where());
  info.hidden_size = config.integer("hidden_size", 1, 1 << 16);
  info.layers = config.integer("num_hidden_layers", 1, 256);
  info.heads = config.integer("num_attention_heads", 1, 1 << 12);
  info.intermediate_size = config.integer("intermediate_size", 1, 1 << 20);
  info.vocab_size = config.integer("vocab_size", 1, 1 << 24);
  info.max_positions = config.integer("max_position_embeddings", 1, 1 << 20);
  info.type_vocab = config.integer("type_vocab_size", 1, 1 << 16, 2);
  if (info.hidden_size % info.heads != 0)
    fail(ErrorCode::corrupt_file, config.where(), "mend the fields",
         "hidden_size {} does not divide into num_attention_heads {}", info.hidden_size, info.heads);
  config.number("layer_norm_eps", 0, 1, 1e-12);
  config.boolean("tie_word_embeddings", true);
  check_activation(config.text("hidden_act", "gelu"), config.where());
  auto refuse = [&](std::string_view what) {
    fail(ErrorCode::unsupported, config.where(), "Lathe runs BERT encoders with absolute positions", "{}", what);
  };
  std::string positions = config.text("position_embedding_type", "absolute");
  if (positions != "absolute")
    refuse(fmt::format("position_embedding_type '{}' is not supported", positions.substr(0, 64)));
  if (config.boolean("is_decoder", false)) refuse("a decoder (is_decoder) is not supported");
  if (config.boolean("add_cross_attention", false)) refuse("cross attention is not supported");
  if (const nlohmann::json* pruned = config.find("pruned_heads"); pruned && !pruned->empty())
    refuse("pruned heads are not supported");
  if (config.has("quantization_config")) refuse("quantised weights (quantization_config) are not supported");
  info.id2label = labels_of(config);
  info.problem_type = config.text("problem_type", "");
  return info;
}

class Bert {
 public:
  Bert(const Config& config, const ModelInfo& info, Weights& weights, ir::Network& network)
      : info_(info),
        weights_(weights),
        network_(network),
        build_(network, weights),
        activation_(config.text("hidden_act", "gelu")),
        epsilon_(config.number("layer_norm_eps", 0, 1, 1e-12)),
        tied_(config.boolean("tie_word_embeddings", true)) {}

  void encode() {
    Dim batch = Dim::symbol("batch"), seq = Dim::symbol("seq");
    auto input = [&](std::string_view name, ir::InputDefault absent, Role role = Role::plain) {
      return network_.add_input(name, {DType::i32, {batch, seq}}, absent, {role, {}});
    };
    ir::ValueId ids = input("input_ids", ir::InputDefault::required);
    mask_ = input("attention_mask", ir::InputDefault::ones, Role::mask);
    ir::ValueId types = input("token_type_ids", ir::InputDefault::zeros);
    ir::ValueId positions = input("position_ids", ir::InputDefault::positions);

    const std::string path = "bert.embeddings";
    ir::ValueId words = ir::kNone;
    const std::string table = path + ".word_embeddings.weight", decoder = "cls.predictions.decoder.weight";
    if (tied_ && !weights_.has(table) && weights_.has(decoder))
      words = network_.add1(ops::Gather{0}, {weights_.get(decoder, {info_.vocab_size, width()}), ids},
                            path + ".word_embeddings.gather", {path + ".word_embeddings"});
    else
      words = build_.embedding(ids, info_.vocab_size, width(), path + ".word_embeddings");
    ir::ValueId kinds = build_.embedding(types, info_.type_vocab, width(), path + ".token_type_embeddings");
    ir::ValueId places = build_.embedding(positions, info_.max_positions, width(), path + ".position_embeddings");
    ir::ValueId sum = build_.binary(ops::BinaryKind::add, words, kinds, path, "add_types");
    sum = build_.binary(ops::BinaryKind::add, sum, places, path, "add_positions");
    hidden_ = build_.layer_norm(sum, width(), epsilon_, path + ".LayerNorm");

    ir::ValueId added = build_.additive_mask(mask_, "bert.attention_mask");
    for (int64_t i = 0; i < info_.layers; ++i) hidden_ = layer(hidden_, added, i);
    for (const char* buffer : {"position_ids", "token_type_ids"})
      for (const char* prefix : {"", "bert."}) weights_.ignore(fmt::format("{}embeddings.{}", prefix, buffer));
  }

  Graph graph(const std::shared_ptr<Bert>& self) {
    const Class& of = find_class(info_.architecture, {});
    Graph result{hidden_, mask_, {}, of.weights};
    auto offer = [&](std::string_view name, ir::ValueId (Bert::*make)()) {
      bool own = std::find(of.outputs.begin(), of.outputs.end(), name) != of.outputs.end();
      const bool pooler = name == "pooler_output" && !weights_.has("bert.pooler.dense.weight");
      result.candidates.push_back({std::string(name), own, pooler ? "the weights of the pooling layer" : "",
                                   [self, make] { return ((*self).*make)(); }});
    };
    for (std::string_view name : of.outputs) {
      if (name == "last_hidden_state" || name == "pooler_output") continue;
      if (name == "prediction_logits" || of.name == "BertForMaskedLM") {
        offer(name, &Bert::predictions);
      } else if (name == "seq_relationship_logits" || of.name == "BertForNextSentencePrediction") {
        offer(name, &Bert::seq_relationship);
      } else if (name == "start_logits") {
        offer(name, &Bert::starts);
      } else if (name == "end_logits") {
        offer(name, &Bert::ends);
      } else {
        offer(name, of.name == "BertForTokenClassification" ? &Bert::token_classes : &Bert::sequence_classes);
      }
    }
    offer("last_hidden_state", &Bert::hidden);
    offer("pooler_output", &Bert::pooled);
    return result;
  }

 private:
  int64_t width() const { return info_.hidden_size; }

  ir::ValueId layer(ir::ValueId x, ir::ValueId added_mask, int64_t index) {
    const std::string path = fmt::format("bert.encoder.layer.{}", index), self = path + ".attention.self";
    ir::ValueId q = build_.linear(x, width(), width(), self + ".query");
    ir::ValueId k = build_.linear(x, width(), width(), self + ".key");
    ir::ValueId v = build_.linear(x, width(), width(), self + ".value");
    ir::ValueId context = build_.attention(q, k, v, added_mask, info_.heads, self);
    const std::string attended = path + ".attention.output";
    ir::ValueId y = build_.linear(context, width(), width(), attended + ".dense");
    y = build_.binary(ops::BinaryKind::add, y, x, attended, "residual");
    x = build_.layer_norm(y, width(), epsilon_, attended + ".LayerNorm");
    y = build_.linear(x, width(), info_.intermediate_size, path + ".intermediate.dense");
    y = build_.activation(y, activation_, path + ".intermediate.intermediate_act_fn");
    y = build_.linear(y, info_.intermediate_size, width(), path + ".output.dense");
    y = build_.binary(ops::BinaryKind::add, y, x, path + ".output", "residual");
    return build_.layer_norm(y, width(), epsilon_, path + ".output.LayerNorm");
  }

  ir::ValueId hidden() { return hidden_; }

  ir::ValueId pooled() {
    if (pooled_ != ir::kNone) return pooled_;
    const std::string path = "bert.pooler";
    ir::ValueId first =
        network_.add1(ops::SequencePool{ops::PoolMode::first}, {hidden_, mask_}, path + ".first", {path});
    pooled_ = build_.activation(build_.linear(first, width(), width(), path + ".dense"), "tanh", path + ".activation");
    return pooled_;
  }

  ir::ValueId predictions() {
    const std::string path = "cls.predictions", words = "bert.embeddings.word_embeddings.weight";
    ir::ValueId x = build_.linear(hidden_, width(), width(), path + ".transform.dense");
    x = build_.activation(x, activation_, path + ".transform.transform_act_fn");
    x = build_.layer_norm(x, width(), epsilon_, path + ".transform.LayerNorm");
    const std::string own = path + ".decoder.weight", own_bias = path + ".decoder.bias";
    bool apart = !tied_;
    if (tied_ && weights_.has(own) && weights_.has(words) && !weights_.same(own, words)) {
      apart = true;
      log(LogLevel::warning, "'{}' differs from the word embeddings although tie_word_embeddings is set; it is used",
          own);
    }
    ir::ValueId weight = weights_.get(apart || !weights_.has(words) ? own : words, {info_.vocab_size, width()});
    // One bias under two names; files may hold either.
    ir::ValueId bias = weights_.get(weights_.has(own_bias) ? own_bias : path + ".bias", {info_.vocab_size});
    return build_.linear_with(x, weight, bias, path + ".decoder");
  }

  ir::ValueId seq_relationship() { return build_.linear(pooled(), width(), 2, "cls.seq_relationship"); }
  ir::ValueId sequence_classes() { return build_.linear(pooled(), width(), info_.num_labels(), "classifier"); }
  ir::ValueId token_classes() { return build_.linear(hidden_, width(), info_.num_labels(), "classifier"); }
  ir::ValueId starts() { return span_logits(0, "start"); }
  ir::ValueId ends() { return span_logits(1, "end"); }

  /// Column `index` of qa_outputs, as [batch, seq].
  ir::ValueId span_logits(int64_t index, const std::string& which) {
    const std::string path = "qa_outputs";
    if (spans_ == ir::kNone) spans_ = build_.linear(hidden_, width(), 2, path);
    Dim batch = Dim::symbol("batch"), seq = Dim::symbol("seq");
    ir::ValueId column = network_.add1(ops::Slice{{0, 0, index}, {batch, seq, 1}, {}}, {spans_},
                                       fmt::format("{}.{}", path, which), {path});
    return network_.add1(ops::Reshape{{batch, seq}}, {column}, fmt::format("{}.{}_squeeze", path, which), {path});
  }

  ModelInfo info_;
  Weights& weights_;
  ir::Network& network_;
  ModuleBuilder build_;
  std::string activation_;
  double epsilon_;
  bool tied_;
  ir::ValueId mask_ = ir::kNone, hidden_ = ir::kNone, pooled_ = ir::kNone, spans_ = ir::kNone;
};

Graph build(const Config& config, const ModelInfo& info, Weights& weights, ir::Network& network) {
  auto bert = std::make_shared<Bert>(config, info, weights, network);
  bert->encode();
  return bert->graph(bert);
}

}  // namespace

const Family& bert_family();
const Family& bert_family() {
  static const Family family{"bert", "bert.", describe, build};
  return family;
}

}  // namespace lathe::huggingface
