// BERT layer by layer, from primitives, with weights by name from the folder's model.safetensors (an npz does as well).
// Compares each layer's values with those of the folder as Lathe reads it, and then the steps of the two plans.
//
//   bert_by_layers FOLDER PREFIX LAYERS HEADS        such as: models/minilm-fill-mask bert. 6 12
#include <cmath>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "lathe/lathe.h"

namespace {

using lathe::DType;
using lathe::Tensor;

struct Model {
  std::string folder, prefix;
  int layers = 0;
  int64_t heads = 0;
};

/// The network while it is written.
class Writer {
 public:
  explicit Writer(const Model& model) : model_(model), file_(model.folder + "/model.safetensors"), net_("bert") {}
  lathe::Network write();

 private:
  Tensor weight(const std::string& name) {
    const Tensor stored = net_.weight(model_.prefix + name, file_);
    return stored.dtype() == DType::f32 ? stored : cast(stored, DType::f32);
  }
  Tensor dense(const Tensor& x, const std::string& name) {
    return linear(x, weight(name + ".weight"), weight(name + ".bias"));
  }
  Tensor layer_norm(const Tensor& x, const std::string& name) {
    const Tensor d = x - reduce_mean(x, {-1}, true);
    const Tensor deviation = sqrt(reduce_mean(d * d, {-1}, true) + 1e-12);
    return d / deviation * weight(name + ".weight") + weight(name + ".bias");
  }
  Tensor embedded(const Tensor& ids, const std::string& name) {
    const Tensor table = net_.weight(model_.prefix + "embeddings." + name + ".weight", file_);
    return gather(table.dtype() == DType::f32 ? table : cast(table, DType::f32), ids);
  }
  /// x/2 (1 + erf(x / sqrt 2))
  static Tensor gelu_of(const Tensor& x) { return x * 0.5 * (erf(x / std::sqrt(2.0)) + 1); }
  Tensor attention(const Tensor& x, const Tensor& mask, const std::string& name);
  Tensor layer(const Tensor& x, const Tensor& mask, int index);

  const Model& model_;
  std::string file_;
  lathe::Network net_;
};

Tensor Writer::attention(const Tensor& x, const Tensor& mask, const std::string& name) {
  const int64_t width = std::stoll(x.size(2).str()), head = width / model_.heads;
  const auto split = [&](const Tensor& t) {
    return shuffle(t, {.sizes = {0, 0, model_.heads, head}, .second = {0, 2, 1, 3}});
  };
  const Tensor q = split(dense(x, name + ".query")), k = split(dense(x, name + ".key")),
               v = split(dense(x, name + ".value"));
  using lathe::MatrixOp;
  const Tensor scores = scale(matmul(q, MatrixOp::none, k, MatrixOp::transpose), {},
                              net_.constant(1 / std::sqrt(static_cast<double>(head))));
  const Tensor context = matmul(softmax(scores + mask, -1), v);
  return shuffle(context, {.first = {0, 2, 1, 3}, .sizes = {0, 0, width}});
}

Tensor Writer::layer(const Tensor& x, const Tensor& mask, int index) {
  const std::string name = "encoder.layer." + std::to_string(index);
  const Tensor context = attention(x, mask, name + ".attention.self");
  const Tensor y =
      layer_norm(dense(context, name + ".attention.output.dense") + x, name + ".attention.output.LayerNorm");
  const Tensor inner = gelu_of(dense(y, name + ".intermediate.dense"));
  return layer_norm(dense(inner, name + ".output.dense") + y, name + ".output.LayerNorm");
}

lathe::Network Writer::write() {
  using lathe::Absent;
  const lathe::Sizes shape = {"batch", "seq"};
  const Tensor ids = net_.input("input_ids", DType::i32, shape);
  const Tensor mask =
      net_.input("attention_mask", DType::i32, shape, {.absent = Absent::ones, .role = lathe::Role::mask});
  const Tensor types = net_.input("token_type_ids", DType::i32, shape, {.absent = Absent::zeros});
  const Tensor positions = net_.input("position_ids", DType::i32, shape, {.absent = Absent::positions});
  Tensor x = embedded(ids, "word_embeddings") + embedded(types, "token_type_embeddings") +
             embedded(positions, "position_embeddings");
  x = layer_norm(x, "embeddings.LayerNorm").named("embeddings");
  // What is added to the scores of positions that the mask hides.
  const Tensor hidden = (1 - cast(cast(mask, DType::boolean), DType::f32)) * -3.4028234663852886e38;
  const Tensor added = reshape(hidden, {ids.size(0), 1, 1, ids.size(1)});
  for (int i = 0; i < model_.layers; ++i) x = layer(x, added, i).named("layer." + std::to_string(i));
  net_.output("last_hidden_state", x);
  return net_;
}

lathe::Context context_of(const lathe::Network& net) {
  lathe::BuildOptions options;
  options.drop_padding = true;
  return lathe::Engine(lathe::build(net, options)).context({.threads = 1, .profile = true});
}

void run(lathe::Context& context) {
  static const std::vector<int32_t> ids = {101, 105, 104, 103, 102, 101, 110, 102, 0, 0};
  static const std::vector<int32_t> mask = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  context.set_input("input_ids", {DType::i32, {2, 5}, ids.data()});
  context.set_input("attention_mask", {DType::i32, {2, 5}, mask.data()});
  context.run().throw_if_error();
}

/// ||a - b|| / ||b|| over the rows that the mask leaves.
double difference(const lathe::ConstTensorRef& a, const lathe::ConstTensorRef& b) {
  const int64_t width = a.shape[2];
  double of_difference = 0, of_b = 0;
  for (int64_t i = 0; i < 8 * width; ++i) {
    const double x = static_cast<const float*>(a.data)[i], y = static_cast<const float*>(b.data)[i];
    of_difference += (x - y) * (x - y);
    of_b += y * y;
  }
  return std::sqrt(of_difference / of_b);
}

/// Every layer of the two, side by side: both have them for outputs.
bool layers_agree(lathe::Network own, lathe::Network folder, int layers) {
  std::vector<std::string> names = {"embeddings"};
  folder.output(names[0], folder.tensor("bert.embeddings.LayerNorm.shift.out"));
  for (int i = 0; i < layers; ++i) {
    names.push_back("layer." + std::to_string(i));
    folder.output(names.back(),
                  folder.tensor("bert.encoder.layer." + std::to_string(i) + ".output.LayerNorm.shift.out"));
  }
  for (const std::string& name : names) own.output(name, own.tensor(name));
  lathe::Context a = context_of(own), b = context_of(folder);
  run(a);
  run(b);
  bool agree = true;
  for (const std::string& name : names) agree = difference(a.output(name), b.output(name)) <= 1e-6 && agree;
  std::cout << names.size() << " layers " << (agree ? "agree" : "differ") << "\n";
  return agree;
}

/// The tactics of all steps that a run takes.
std::vector<std::string> steps_of(const lathe::Network& net) {
  lathe::Context context = context_of(net);
  run(context);
  std::vector<std::string> tactics;
  for (const lathe::Context::StepTime& step : context.step_times()) tactics.push_back(step.tactic);
  return tactics;
}

int compare(const Model& model) {
  const lathe::Network own = Writer(model).write();
  const lathe::Network folder =
      lathe::read_folder(model.folder, {.architecture = "BertModel", .outputs = {"last_hidden_state"}});
  const bool agree = layers_agree(own, folder, model.layers);
  const std::vector<std::string> a = steps_of(own), b = steps_of(folder);
  std::cout << a.size() << " steps, " << (a == b ? "the same as the folder's" : "others than the folder's") << "\n";
  if (a != b)
    for (size_t i = 0; i < std::max(a.size(), b.size()); ++i)
      std::cout << (i < a.size() ? a[i] : "-") << "\t" << (i < b.size() ? b[i] : "-") << "\n";
  return agree && a == b ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: bert_by_layers FOLDER PREFIX LAYERS HEADS\n";
    return 2;
  }
  try {
    return compare({argv[1], argv[2], std::stoi(argv[3]), std::stoll(argv[4])});
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
