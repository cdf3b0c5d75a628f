#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "plan/plan.h"
#include "tasks/text_engine.h"

namespace lathe {
namespace {

const tasks::Need kPooled{"embed", tasks::Scope::texts, {{"sentence_embedding"}}, {}, "", true};
const tasks::Need kTokens{"embed",
                          tasks::Scope::tokens,
                          {{"last_hidden_state"}},
                          {},
                          "build the folder with the output last_hidden_state or sentence_embedding",
                          true};

bool has_output(const Plan& plan, std::string_view name) {
  for (const plan::OutputPort& port : plan.data()->outputs)
    if (port.name == name) return true;
  return false;
}

}  // namespace

struct Embedder::Impl {
  tasks::TextEngine engine;
  bool pooled;  ///< the plan pools; else the mean over tokens is taken here
};

Embedder::Embedder(const Plan& plan, const TaskOptions& options, const EmbedOptions& how) {
  (void)how;
  const bool pooled = has_output(plan, "sentence_embedding");
  impl_.reset(new Impl{{plan, options, pooled ? kPooled : kTokens}, pooled});
  if (!pooled)
    log(LogLevel::warning, "embed: the model names no pooling (it has no modules.json): the mean over tokens is taken");
}

int64_t Embedder::width() const { return impl_->engine.width(0); }

Embedder::Vectors Embedder::operator()(std::span<const std::string> texts, TaskReport* report) const {
  tasks::Notes notes(report);
  std::vector<Encoding> encodings(texts.size());
  for (size_t i = 0; i < texts.size(); ++i)
    notes.read(i, [&] { encodings[i] = impl_->engine.encode(i, texts[i], nullptr, notes); });
  Vectors result;
  result.count = static_cast<int64_t>(texts.size());
  result.width = width();
  const auto n = static_cast<size_t>(result.width);
  result.values.assign(texts.size() * n, std::numeric_limits<float>::quiet_NaN());
  const auto pool = [&](size_t text, std::span<const tasks::Matrix> outputs) {
    const tasks::Matrix& m = outputs[0];
    float* out = result.values.data() + text * n;
    if (impl_->pooled) {
      std::copy_n(m.data, n, out);
      return;
    }
    for (size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t i = 0; i < m.rows; ++i) sum += static_cast<double>(m.row(i)[j]);
      out[j] = m.rows == 0 ? 0.0f : static_cast<float>(sum / static_cast<double>(m.rows));
    }
  };
  impl_->engine.run(encodings, {}, pool,
                    [&](size_t i, const Error& why) { notes.refuse(i, tasks::about_text(i, texts[i], why)); });
  notes.finish();
  return result;
}

}  // namespace lathe
