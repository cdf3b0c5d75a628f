#include <algorithm>

#include "base/error.h"
#include "tasks/scores.h"
#include "tasks/text_engine.h"

namespace lathe {
namespace {

const tasks::Need kNeed{"classify",
                        tasks::Scope::texts,
                        {{"logits", "seq_relationship_logits"}},
                        {"ForSequenceClassification", "ForNextSentencePrediction", "ForPreTraining"},
                        "give a model with labels for texts, such as a BertForSequenceClassification"};

std::vector<double> scores_of(std::span<const float> logits, const std::string& problem_type) {
  if (problem_type == "regression") return {logits.begin(), logits.end()};
  if (problem_type != "multi_label_classification" && logits.size() > 1) return tasks::softmax(logits);
  std::vector<double> scores(logits.begin(), logits.end());
  for (double& s : scores) s = tasks::sigmoid(s);
  return scores;
}

}  // namespace

Classifier::Classifier(const Plan& plan, const TaskOptions& options)
    : engine_(std::make_shared<tasks::TextEngine>(plan, options, kNeed)) {}

std::vector<std::vector<Label>> Classifier::operator()(std::span<const TextInput> texts, int top_k,
                                                       TaskReport* report) const {
  const tasks::ModelFacts& facts = engine_->facts();
  const bool next_sentence = !facts.architecture.ends_with("ForSequenceClassification") && !facts.architecture.empty();
  tasks::Notes notes(report);
  std::vector<Encoding> encodings(texts.size());
  for (size_t i = 0; i < texts.size(); ++i)
    notes.read(i, [&] {
      const TextInput& t = texts[i];
      if (next_sentence && !t.pair)
        fail(ErrorCode::invalid_argument, tasks::text_name(i, t.text), "give the sentence that may follow as well",
             "the model judges pairs of sentences, and this is one alone");
      encodings[i] = engine_->encode(i, t.text, t.pair ? &*t.pair : nullptr, notes);
    });
  std::vector<std::vector<Label>> result(texts.size());
  const auto label = [&](size_t text, std::span<const tasks::Matrix> outputs) {
    const std::vector<double> scores = scores_of(outputs[0].row(0), next_sentence ? "" : facts.problem_type);
    std::vector<Label>& labels = result[text];
    for (size_t i = 0; i < scores.size(); ++i)
      labels.push_back({next_sentence && i < 2 ? (i == 0 ? "is_next" : "not_next") : facts.label(i), scores[i]});
    std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.score > b.score; });
    if (top_k > 0 && static_cast<size_t>(top_k) < labels.size()) labels.resize(static_cast<size_t>(top_k));
  };
  engine_->run(encodings, {}, label,
               [&](size_t i, const Error& why) { notes.refuse(i, tasks::about_text(i, texts[i].text, why)); });
  notes.finish();
  return result;
}

}  // namespace lathe
