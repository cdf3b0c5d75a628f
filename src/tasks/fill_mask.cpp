#include <algorithm>

#include "base/error.h"
#include "tasks/scores.h"
#include "tasks/text_engine.h"

namespace lathe {
namespace {

const tasks::Need kNeed{"fill-mask",
                        tasks::Scope::chosen,
                        {{"logits", "prediction_logits"}},
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

std::vector<int32_t> masks_of(const Tokenizer& tokenizer, const Encoding& encoding) {
  std::vector<int32_t> masks;
  for (size_t t = 0; t < encoding.size(); ++t)
    if (encoding.ids[t] == tokenizer.mask_id()) masks.push_back(static_cast<int32_t>(t));
  return masks;
}

/// Error(invalid_argument): why a text has no mask that can be filled in.
[[noreturn]] void refuse_maskless(const tasks::TextEngine& engine, size_t number, const std::string& text,
                                  const Encoding& encoding) {
  const Tokenizer& tokenizer = engine.tokenizer();
  const auto whole = [&] { return tokenizer.encode(tokenizer.with_mask_token(text), engine.encode_options()); };
  if (encoding.truncated && !masks_of(tokenizer, whole()).empty())
    fail(ErrorCode::invalid_argument, tasks::text_name(number, text), "shorten the text in front of the mask",
         "the text is cut to {} tokens, and its mask lies in what is cut off", encoding.size());
  fail(ErrorCode::invalid_argument, tasks::text_name(number, text),
       fmt::format("put {} where a word is to be filled in", tokenizer.id_to_token(tokenizer.mask_id())),
       "there is no mask in it");
}

}  // namespace

FillMask::FillMask(const Plan& plan, const TaskOptions& options)
    : engine_(std::make_shared<tasks::TextEngine>(plan, options, kNeed)) {
  if (engine_->tokenizer().mask_id() < 0)
    fail(ErrorCode::unsupported, kNeed.task, kNeed.cure, "the tokenizer has no mask token");
}

std::vector<std::vector<std::vector<FillMaskAnswer>>> FillMask::operator()(std::span<const std::string> texts,
                                                                           int top_k, TaskReport* report) const {
  if (top_k < 1) fail(ErrorCode::invalid_argument, "top_k", "ask for at least one answer", "{} is not accepted", top_k);
  const Tokenizer& tokenizer = engine_->tokenizer();
  tasks::Notes notes(report);
  std::vector<Encoding> encodings(texts.size());
  std::vector<std::vector<int32_t>> masks(texts.size());
  for (size_t i = 0; i < texts.size(); ++i)
    notes.read(i, [&] {
      Encoding encoding = engine_->encode(i, tokenizer.with_mask_token(texts[i]), nullptr, notes);
      masks[i] = masks_of(tokenizer, encoding);
      if (masks[i].empty()) refuse_maskless(*engine_, i, texts[i], encoding);
      encodings[i] = std::move(encoding);
    });
  std::vector<std::vector<std::vector<FillMaskAnswer>>> result(texts.size());
  const auto fill = [&](size_t text, std::span<const tasks::Matrix> outputs) {
    for (size_t m = 0; m < masks[text].size(); ++m) {
      std::vector<FillMaskAnswer>& answers = result[text].emplace_back();
      for (const tasks::Ranked& choice :
           tasks::top_probabilities(outputs[0].row(static_cast<int64_t>(m)), static_cast<size_t>(top_k)))
        answers.push_back(answer_of(tokenizer, encodings[text].ids, static_cast<size_t>(masks[text][m]), choice,
                                    masks[text].size() == 1));
    }
  };
  engine_->run(encodings, masks, fill,
               [&](size_t i, const Error& why) { notes.refuse(i, tasks::about_text(i, texts[i], why)); });
  notes.finish();
  return result;
}

}  // namespace lathe
