#include <algorithm>

#include "base/error.h"
#include "tasks/runner.h"
#include "tasks/scores.h"

namespace lathe {
namespace {

const tasks::Need kNeed{"fill-mask",
                        tasks::Scope::chosen,
                        {"logits|prediction_logits"},
                        {"ForMaskedLM", "ForPreTraining"},
                        "give a model with a masked-language head, such as a BertForMaskedLM"};

FillMaskAnswer answer_of(const Tokenizer& tokenizer, std::vector<int32_t> ids, size_t mask, const tasks::Ranked& choice,
                         bool only_mask) {
  ids[mask] = choice.index;
  std::erase(ids, tokenizer.pad_id());
  // Without its special tokens a text reads best, but they include the masks that are still to fill.
  const int32_t token[] = {choice.index};
  return {choice.probability, choice.index, tokenizer.decode(token), tokenizer.decode(ids, only_mask)};
}

}  // namespace

FillMask::FillMask(const Plan& plan, const TaskOptions& options)
    : runner_(std::make_shared<tasks::Runner>(plan, options, kNeed)) {
  if (runner_->tokenizer().mask_id() < 0)
    fail(ErrorCode::unsupported, kNeed.task, kNeed.cure, "the tokenizer has no mask token");
}

std::vector<std::vector<std::vector<FillMaskAnswer>>> FillMask::operator()(std::span<const std::string> texts,
                                                                           int top_k, TaskReport* report) const {
  (void)report;
  if (top_k < 1) fail(ErrorCode::invalid_argument, "top_k", "ask for at least one answer", "{} is not accepted", top_k);
  const Tokenizer& tokenizer = runner_->tokenizer();
  std::vector<Encoding> encodings;
  std::vector<std::vector<int32_t>> masks(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string text = tokenizer.with_mask_token(texts[i]);
    const Encoding& e = encodings.emplace_back(runner_->encode(i, text, nullptr, tasks::Runner::Limit::as_options));
    for (size_t t = 0; t < e.ids.size(); ++t)
      if (e.ids[t] == tokenizer.mask_id()) masks[i].push_back(static_cast<int32_t>(t));
    if (masks[i].empty())
      fail(ErrorCode::invalid_argument, tasks::text_name(i, texts[i]),
           fmt::format("put {} where a word is to be filled in", tokenizer.id_to_token(tokenizer.mask_id())),
           "there is no mask in it");
  }
  std::vector<std::vector<std::vector<FillMaskAnswer>>> result(texts.size());
  runner_->run(encodings, masks, [&](size_t text, std::span<const tasks::Matrix> outputs) {
    for (size_t m = 0; m < masks[text].size(); ++m) {
      std::vector<FillMaskAnswer>& answers = result[text].emplace_back();
      for (const tasks::Ranked& choice :
           tasks::top_probabilities(outputs[0].row(static_cast<int64_t>(m)), static_cast<size_t>(top_k)))
        answers.push_back(answer_of(tokenizer, encodings[text].ids, static_cast<size_t>(masks[text][m]), choice,
                                    masks[text].size() == 1));
    }
  });
  return result;
}

}  // namespace lathe
