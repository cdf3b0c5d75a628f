#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "plan/plan.h"
#include "tasks/runner.h"

namespace lathe {
namespace {

const tasks::Need kPooled{"embed", tasks::Scope::texts, {"sentence_embedding"}, {}, ""};
const tasks::Need kTokens{"embed",
                          tasks::Scope::tokens,
                          {"last_hidden_state"},
                          {},
                          "build the folder with the output last_hidden_state or sentence_embedding"};

bool has_output(const Plan& plan, std::string_view name) {
  for (const plan::OutputPort& port : plan.data()->outputs)
    if (port.name == name) return true;
  return false;
}

}  // namespace

Embedder::Embedder(const Plan& plan, const TaskOptions& options, const EmbedOptions& how) {
  (void)how;
  const bool pooled = has_output(plan, "sentence_embedding");
  runner_ = std::make_shared<tasks::Runner>(plan, options, pooled ? kPooled : kTokens);
  if (!pooled)
    log(LogLevel::warning, "embed: the model names no pooling (it has no modules.json): the mean over tokens is taken");
}

int64_t Embedder::width() const { return runner_->width(0); }

Embedder::Vectors Embedder::operator()(std::span<const std::string> texts, TaskReport* report) const {
  (void)report;
  const bool pooled = runner_->output(0) == kPooled.outputs[0];
  std::vector<Encoding> encodings;
  for (size_t i = 0; i < texts.size(); ++i)
    encodings.push_back(runner_->encode(i, texts[i], nullptr, tasks::Runner::Limit::cut));
  Vectors result;
  result.count = static_cast<int64_t>(texts.size());
  result.width = width();
  runner_->run(encodings, {}, [&](size_t text, std::span<const tasks::Matrix> outputs) {
    const tasks::Matrix& m = outputs[0];
    const auto n = static_cast<size_t>(m.width);
    result.width = m.width;
    result.values.resize(texts.size() * n);
    float* out = result.values.data() + text * n;
    if (pooled) {
      std::copy_n(m.data, n, out);
      return;
    }
    for (size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t i = 0; i < m.rows; ++i) sum += static_cast<double>(m.row(i)[j]);
      out[j] = m.rows == 0 ? 0.0f : static_cast<float>(sum / static_cast<double>(m.rows));
    }
  });
  return result;
}

}  // namespace lathe
