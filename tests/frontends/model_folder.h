#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "lathe/log.h"
#include "tests/io/scratch.h"
#include "tests/support/random.h"

namespace lathe::test {

using io_test::expect_error;

/// A tiny BERT folder that a test changes before it writes it: 1 layer, 8 wide, 2 heads, 11 words, 6 positions.
class ModelFolder {
 public:
  explicit ModelFolder(const std::string& architecture = "BertForMaskedLM") {
    config = {{"architectures", {architecture}},
              {"model_type", "bert"},
              {"hidden_size", 8},
              {"num_hidden_layers", 1},
              {"num_attention_heads", 2},
              {"intermediate_size", 12},
              {"vocab_size", 11},
              {"max_position_embeddings", 6},
              {"hidden_act", "gelu"}};
    const std::string e = "bert.embeddings.", l = "bert.encoder.layer.0.";
    add(e + "word_embeddings.weight", {11, 8});
    add(e + "position_embeddings.weight", {6, 8});
    add(e + "token_type_embeddings.weight", {2, 8});
    norm(e + "LayerNorm");
    for (const char* part : {"query", "key", "value"}) linear(l + "attention.self." + part, 8, 8);
    linear(l + "attention.output.dense", 8, 8);
    norm(l + "attention.output.LayerNorm");
    linear(l + "intermediate.dense", 12, 8);
    linear(l + "output.dense", 8, 12);
    norm(l + "output.LayerNorm");
    if (architecture == "BertForMaskedLM") {
      linear("cls.predictions.transform.dense", 8, 8);
      norm("cls.predictions.transform.LayerNorm");
      add("cls.predictions.bias", {11});
    } else if (architecture == "BertForSequenceClassification") {
      linear("bert.pooler.dense", 8, 8);
      linear("classifier", 2, 8);
    }
  }

  void add(const std::string& name, const Shape& shape, DType type = DType::f32) {
    weights[name] = random_.normal_tensor(name, type, shape, 0, 0.3);
  }
  void linear(const std::string& module, int64_t out, int64_t in) {
    add(module + ".weight", {out, in});
    add(module + ".bias", {out});
  }
  void norm(const std::string& module) {
    add(module + ".weight", {8});
    add(module + ".bias", {8});
  }
  void rename(const std::string& from, const std::string& to) {
    weights[to] = weights.at(from);
    weights[to].name = to;
    weights.erase(from);
  }

  /// The folder's path, with config.json (or `config_text` as it is) and model.safetensors.
  std::string write(const std::string& config_text = {}) const {
    scratch_.put("config.json", config_text.empty() ? config.dump(2) : config_text);
    std::vector<HostTensor> tensors;
    for (const auto& [name, tensor] : weights) tensors.push_back(tensor);
    write_safetensors(scratch_.path("model.safetensors"), tensors);
    return scratch_.path();
  }
  std::string put(const std::string& name, std::string_view content) const { return scratch_.put(name, content); }
  std::string path(const std::string& name) const { return scratch_.path(name); }

  nlohmann::json config;
  std::map<std::string, HostTensor> weights;

 private:
  io_test::Scratch scratch_;
  Random random_{77};
};

/// Collects warnings and errors while it lives.
class Warnings {
 public:
  Warnings() {
    set_logger([this](LogLevel, std::string_view line) { lines.emplace_back(line); }, LogLevel::warning);
  }
  ~Warnings() { set_logger({}); }
  std::vector<std::string> lines;
};

}  // namespace lathe::test
