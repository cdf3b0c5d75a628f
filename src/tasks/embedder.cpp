#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "plan/plan.h"
#include "tasks/pooling.h"
#include "tasks/text_engine.h"

namespace lathe {
namespace {

constexpr const char* kPooled = "sentence_embedding.pooled";
constexpr const char* kUnnormalized = "sentence_embedding.unnormalized";

const tasks::Need kVectors{.task = "embed",
                           .scope = tasks::Scope::texts,
                           .outputs = {{"sentence_embedding"}},
                           .sentences = true,
                           .cuts = true};
const tasks::Need kTokens{.task = "embed",
                          .scope = tasks::Scope::tokens,
                          .outputs = {{"last_hidden_state"}},
                          .cure = "build the folder with the output last_hidden_state",
                          .sentences = true,
                          .cuts = true};

bool has_output(const Plan& plan, std::string_view name) {
  for (const plan::OutputPort& port : plan.data()->outputs)
    if (port.name == name) return true;
  return false;
}

/// What to do for the vector of a text: the plan's own vector, or pooling here and the plan's modules behind it.
struct Recipe {
  std::string prompt;
  std::vector<std::string> pooling;  ///< empty: the plan pools
  bool skips_prompt = false;         ///< the prompt's tokens are not pooled
  std::string modules;               ///< after pooling here: the output of the plan that goes on from it; or empty
  bool normalize_first = false;      ///< before the vector is cut, as the folder's last module does it
  int64_t dimensions = 0;
  bool normalize_last = false;  ///< after it is cut, as the caller asks
};

std::string prompt_of(const tasks::SentenceFacts& facts, const EmbedOptions& how) {
  if (how.prompt && !how.prompt_name.empty())
    fail(ErrorCode::invalid_argument, "prompt_name", "give one of both", "a prompt and the name of a prompt are given");
  if (how.prompt) return *how.prompt;
  const std::string& name = how.prompt_name.empty() ? facts.default_prompt_name : how.prompt_name;
  if (name.empty()) return {};
  // sentence-transformers knows two names, empty where a folder does not fill them.
  if (const auto found = facts.prompts.find(name); found != facts.prompts.end()) return found->second;
  if (name == "query" || name == "document") return {};
  std::vector<std::string_view> names;
  for (const auto& [known, text] : facts.prompts) names.push_back(known);
  fail(ErrorCode::not_found, "prompt_name",
       names.empty() ? "give the text of the prompt" : fmt::format("it has {}", fmt::join(names, ", ")),
       "the model has no prompt '{}'", name.substr(0, 64));
}

Recipe recipe_of(const Plan& plan, const tasks::ModelFacts& facts, const EmbedOptions& how) {
  const tasks::SentenceFacts folder = facts.sentence.value_or(tasks::SentenceFacts{});
  const bool plan_pools = has_output(plan, "sentence_embedding");
  if (how.dimensions < 0)
    fail(ErrorCode::invalid_argument, "dimensions", "give 0 for all", "{} is not accepted", how.dimensions);
  if (!how.pooling.empty()) tasks::check_pooling(how.pooling);
  if (!plan_pools && how.pooling.empty() && !facts.sentence_problem.empty())
    fail(ErrorCode::unsupported, "embed",
         "name a pooling (EmbedOptions::pooling) to embed without the folder's modules",
         "the model's own vectors cannot be computed, for want of {}", facts.sentence_problem);

  Recipe recipe;
  recipe.prompt = prompt_of(folder, how);
  recipe.skips_prompt = !folder.include_prompt && !recipe.prompt.empty();
  recipe.dimensions = how.dimensions > 0 ? how.dimensions : folder.dimensions;
  recipe.normalize_last = how.normalize.value_or(false);
  const bool other_pooling = !how.pooling.empty() && folder.pooling != std::vector<std::string>{how.pooling};
  const bool no_normalize = folder.normalize && how.normalize == false;
  if (plan_pools && !other_pooling && !recipe.skips_prompt && !no_normalize) return recipe;

  recipe.pooling = folder.pooling;
  if (!how.pooling.empty()) recipe.pooling = {how.pooling};
  if (recipe.pooling.empty()) recipe.pooling = {"mean"};
  if (folder.changes_tokens)
    fail(ErrorCode::unsupported, "embed", "leave pooling, normalize and the prompt as the folder has them",
         "the model has modules in front of its pooling, which only its own vectors go through");
  if (folder.changes_vectors)
    recipe.modules = no_normalize ? kUnnormalized : "sentence_embedding";
  else
    recipe.normalize_first = folder.normalize && !no_normalize;
  return recipe;
}

}  // namespace

struct Embedder::Impl {
  Recipe recipe;
  tasks::TextEngine engine;
  int64_t first_pooled = 0;  ///< tokens that pooling skips
  int64_t width = 0;         ///< of what is pooled here, or of the plan's vector
  int64_t whole_width = 0;   ///< of the vectors before they are cut

  Impl(const Plan& plan, const TaskOptions& options, const EmbedOptions& how)
      : recipe(recipe_of(plan, tasks::ModelFacts::parse(plan.model_json()), how)),
        engine(plan, options, recipe.pooling.empty() ? kVectors : kTokens) {
    const size_t parts = std::max<size_t>(recipe.pooling.size(), 1);
    width = engine.width(engine.output(0)) * static_cast<int64_t>(parts);
    whole_width = recipe.modules.empty() ? width : engine.width(recipe.modules);
    if (!recipe.modules.empty() && whole_width == 0)
      fail(ErrorCode::unsupported, "embed", "build the folder again with all of its outputs",
           "the plan lacks the output '{}'", recipe.modules);
    if (!recipe.modules.empty() && width != engine.input_width(kPooled))
      fail(ErrorCode::invalid_argument, "pooling", "name a pooling that gives as many",
           "the model's modules take vectors of {} numbers, not {}", engine.input_width(kPooled), width);
    if (recipe.skips_prompt) first_pooled = prompt_tokens();
  }

  /// The prompt's tokens with what stands in front of it, without what the tokenizer puts behind a text.
  int64_t prompt_tokens() const {
    EncodeOptions cut = engine.encode_options();
    cut.max_length = engine.cut_tokens();
    const Encoding prompt = engine.tokenizer().encode(recipe.prompt, cut);
    const bool closed = prompt.size() > 0 && engine.tokenizer().is_special(prompt.ids.back());
    return static_cast<int64_t>(prompt.size()) - (closed ? 1 : 0);
  }

  void pool(const tasks::Matrix& tokens, std::span<float> out) const {
    const auto part = static_cast<size_t>(tokens.width);
    for (size_t i = 0; i < recipe.pooling.size(); ++i)
      tasks::pool(recipe.pooling[i], tokens, first_pooled, out.subspan(i * part, part));
  }

  /// What the plan's modules make of the vectors of `texts`.
  Vectors go_on(const Vectors& pooled, std::span<const size_t> texts) const {
    constexpr size_t kRows = 256;
    Vectors result{pooled.count, whole_width, {}};
    result.values.assign(static_cast<size_t>(pooled.count * whole_width), std::numeric_limits<float>::quiet_NaN());
    for (size_t begin = 0; begin < texts.size(); begin += kRows) {
      const std::span<const size_t> some = texts.subspan(begin, std::min(kRows, texts.size() - begin));
      std::vector<float> rows;
      for (size_t i : some) {
        const std::span<const float> row = pooled[static_cast<int64_t>(i)];
        rows.insert(rows.end(), row.begin(), row.end());
      }
      const std::vector<float> made = engine.compute(kPooled, rows, static_cast<int64_t>(some.size()), recipe.modules);
      for (size_t r = 0; r < some.size(); ++r)
        std::copy_n(made.begin() + static_cast<ptrdiff_t>(r) * whole_width, whole_width,
                    result.values.begin() + static_cast<ptrdiff_t>(some[r]) * whole_width);
    }
    return result;
  }

  int64_t final_width() const { return recipe.dimensions > 0 ? std::min(recipe.dimensions, whole_width) : whole_width; }

  /// The plan's modules behind the pooling, then cut and normalised.
  Vectors finish(Vectors vectors, std::span<const size_t> texts) const {
    if (!recipe.modules.empty()) vectors = go_on(vectors, texts);
    Vectors result{vectors.count, final_width(), {}};
    for (int64_t i = 0; i < vectors.count; ++i) {
      const auto whole = static_cast<size_t>(vectors.width);
      const std::span<float> row(vectors.values.data() + static_cast<size_t>(i) * whole, whole);
      if (recipe.normalize_first) tasks::normalize(row);
      const std::span<float> kept = row.first(static_cast<size_t>(result.width));
      if (recipe.normalize_last) tasks::normalize(kept);
      result.values.insert(result.values.end(), kept.begin(), kept.end());
    }
    return result;
  }
};

Embedder::Embedder(const Plan& plan, const TaskOptions& options, const EmbedOptions& how)
    : impl_(std::make_shared<Impl>(plan, options, how)) {
  if (how.pooling.empty() && !impl_->recipe.pooling.empty() && !impl_->engine.facts().sentence)
    log(LogLevel::warning, "embed: the model names no pooling (it has no modules.json): the mean over tokens is taken");
}

int64_t Embedder::width() const { return impl_->final_width(); }

Embedder::Vectors Embedder::operator()(std::span<const std::string> texts, TaskReport* report) const {
  const Recipe& recipe = impl_->recipe;
  tasks::Notes notes(report);
  std::vector<std::string> prompted;
  if (!recipe.prompt.empty())
    for (const std::string& text : texts) prompted.push_back(recipe.prompt + text);
  const std::span<const std::string> read = recipe.prompt.empty() ? texts : prompted;
  std::vector<Encoding> encodings(texts.size());
  for (size_t i = 0; i < read.size(); ++i)
    notes.read(i, [&] { encodings[i] = impl_->engine.encode(i, read[i], nullptr, notes); });

  Vectors whole;
  whole.count = static_cast<int64_t>(texts.size());
  whole.width = impl_->width;
  const auto n = static_cast<size_t>(whole.width);
  whole.values.assign(texts.size() * n, std::numeric_limits<float>::quiet_NaN());
  std::vector<size_t> done;
  const auto take = [&](size_t text, std::span<const tasks::Matrix> outputs) {
    const std::span<float> out(whole.values.data() + text * n, n);
    recipe.pooling.empty() ? void(std::copy_n(outputs[0].data, n, out.begin())) : impl_->pool(outputs[0], out);
    done.push_back(text);
  };
  impl_->engine.run(encodings, {}, take,
                    [&](size_t i, const Error& why) { notes.refuse(i, tasks::about_text(i, texts[i], why)); });
  Vectors result = impl_->finish(std::move(whole), done);
  for (size_t i : done)
    if (const auto v = result[static_cast<int64_t>(i)];
        !std::all_of(v.begin(), v.end(), [](float x) { return std::isfinite(x); })) {
      std::fill_n(result.values.begin() + static_cast<ptrdiff_t>(i * v.size()), v.size(),
                  std::numeric_limits<float>::quiet_NaN());
      notes.refuse(i, Error(ErrorCode::out_of_range, tasks::text_name(i, texts[i]),
                            "its vector holds NaN or infinite numbers", "check the model's weights"));
    }
  notes.finish();
  return result;
}

}  // namespace lathe
