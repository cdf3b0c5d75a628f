#include "tasks/text_engine.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/thread_pool.h"
#include "plan/plan.h"

namespace lathe::tasks {
namespace {

/// Rows of wide outputs (a vocabulary's) that are held at once.
constexpr size_t kMostChosenRows = 256;
/// What transformers calls the inputs of its encoders.
constexpr const char *kIds = "input_ids", *kTypes = "token_type_ids", *kMask = "attention_mask";

const TensorInfo* find(const std::vector<TensorInfo>& list, std::string_view name) {
  auto found = std::find_if(list.begin(), list.end(), [&](const TensorInfo& info) { return info.name == name; });
  return found == list.end() ? nullptr : &*found;
}

int64_t last_dimension(const std::vector<TensorInfo>& list, std::string_view name) {
  const TensorInfo* info = find(list, name);
  const std::string last = info && !info->shape.empty() ? info->shape.back() : std::string();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), value);
  return error == std::errc() && end == last.data() + last.size() ? value : 0;
}

/// The name of the tensor that plays the role for another; empty: none does.
std::string name_of(const std::vector<TensorInfo>& list, Role role, std::string_view of) {
  const TensorInfo* found = find_role(list, role, of);
  return found == nullptr ? std::string() : found->name;
}

/// Whether a row of `info` belongs to each token of `ids` [batch, seq].
bool token_wise(const TensorInfo& info, const TensorInfo& ids) {
  return info.shape.size() >= ids.shape.size() && std::equal(ids.shape.begin(), ids.shape.end(), info.shape.begin());
}

int64_t smaller_limit(int64_t a, int64_t b) { return a <= 0 ? b : b <= 0 ? a : std::min(a, b); }

std::unique_ptr<Tokenizer> read_tokenizer(const Plan& plan, std::string_view task) {
  if (plan.tokenizer_json().empty())
    fail(ErrorCode::unsupported, task, "add tokenizer.json or vocab.txt to the folder and build again",
         "the plan has no tokenizer");
  return std::make_unique<Tokenizer>(Tokenizer::from_json(plan.tokenizer_json()));
}

/// Whether every row can be read: no NaN, no +inf, and not -inf throughout (logits may hold it for "never").
bool has_numbers(const Matrix& m) {
  for (int64_t i = 0; i < m.rows; ++i) {
    bool bad = false, some = m.width == 0;
    for (float v : m.row(i)) {
      bad |= !(v <= std::numeric_limits<float>::max());
      some |= v >= std::numeric_limits<float>::lowest();
    }
    if (bad || !some) return false;
  }
  return true;
}

}  // namespace

/// A context with the memory that its inputs point at.
struct TextEngine::Slot {
  Context context;
  std::vector<int32_t> ids, types, cu_seqlens, mask, rows;
};

class TextEngine::Lease {
 public:
  explicit Lease(const TextEngine& engine) : engine_(engine) {
    {
      std::lock_guard lock(engine_.mutex_);
      if (!engine_.idle_.empty()) {
        slot_ = std::move(engine_.idle_.back());
        engine_.idle_.pop_back();
      }
    }
    if (slot_) return;
    slot_ = std::make_unique<Slot>(
        Slot{engine_.engine_.context({.threads = engine_.options_.threads}), {}, {}, {}, {}, {}});
    slot_->context.request(engine_.requests_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    std::lock_guard lock(engine_.mutex_);
    engine_.idle_.push_back(std::move(slot_));
  }
  Slot& operator*() const { return *slot_; }

 private:
  const TextEngine& engine_;
  std::unique_ptr<Slot> slot_;
};

struct TextEngine::Group {
  std::span<const Encoding> texts;
  std::span<const std::vector<int32_t>> chosen;
  std::span<const size_t> members;
};

TextEngine::TextEngine(const Plan& plan, const TaskOptions& options, const Need& need)
    : options_(options),
      engine_(plan),
      facts_(ModelFacts::parse(plan.model_json())),
      scope_(need.scope),
      cuts_(need.cuts) {
  bool known = need.heads.empty() || facts_.architecture.empty();
  for (std::string_view head : need.heads) known = known || facts_.architecture.ends_with(head);
  if (!known || !find_form(need)) refuse(need);
  tokenizer_ = read_tokenizer(plan, need.task);
  int64_t limit = facts_.max_seq_length > 0 ? facts_.max_seq_length : tokenizer_->max_length();
  if (need.sentences && facts_.sentence) {
    if (facts_.sentence->lowercase) tokenizer_ = std::make_unique<Tokenizer>(tokenizer_->lowercased());
    if (facts_.sentence->max_seq_length > 0) limit = facts_.sentence->max_seq_length;
  }
  has_types_ = has_types_ && tokenizer_->gives_type_ids();
  if (options_.batch_tokens < 1)
    fail(ErrorCode::invalid_argument, "batch_tokens", "give a number from 1", "it is {}", options_.batch_tokens);
  ThreadPool::members_for(options_.threads);  // refused before the first text
  const TensorInfo ids = *find(engine_.inputs(), kIds);
  max_tokens_ = smaller_limit(facts_.max_positions, plan.data()->most(ids.shape[1]));
  cut_tokens_ = smaller_limit(max_tokens_, limit);
  max_batch_ = plan.data()->most(ids.shape[0]);
}

TextEngine::~TextEngine() = default;

bool TextEngine::find_form(const Need& need) {
  const std::vector<TensorInfo> inputs = engine_.inputs(), outputs = engine_.outputs();
  const TensorInfo* ids = find(inputs, kIds);
  if (ids == nullptr || ids->shape.size() != 2) return false;
  const std::string tokens = find_packed_inputs(inputs);
  bool has_rows = scope_ == Scope::chosen && !tokens.empty() && !names_.rows.empty(), has_packed = !tokens.empty();
  for (const std::vector<std::string_view>& names : need.outputs) {
    const TensorInfo* base = nullptr;
    for (size_t n = 0; base == nullptr && n < names.size(); ++n) {
      base = find(outputs, names[n]);
      if (base && token_wise(*base, *ids) != (scope_ != Scope::texts)) base = nullptr;
    }
    if (base == nullptr || base->dtype != DType::f32) return false;
    outputs_.push_back(base->name);
    has_rows = has_rows && !name_of(outputs, Role::rows, base->name).empty();
    has_packed = has_packed && (scope_ == Scope::texts || !name_of(outputs, Role::packed, base->name).empty());
  }
  form_ = has_rows ? Form::rows : has_packed ? Form::packed : Form::padded;
  for (const std::string& name : outputs_)
    requests_.push_back(form_ == Form::rows                               ? name_of(outputs, Role::rows, name)
                        : form_ == Form::packed && scope_ != Scope::texts ? name_of(outputs, Role::packed, name)
                                                                          : name);
  has_types_ = form_ == Form::padded ? find(inputs, kTypes) != nullptr : !names_.types.empty();
  return true;
}

/// The dimension that counts packed tokens; empty where the plan packs nothing.
std::string TextEngine::find_packed_inputs(const std::vector<TensorInfo>& inputs) {
  names_.ids = name_of(inputs, Role::packed, kIds);
  const TensorInfo* ids = find(inputs, names_.ids);
  if (ids == nullptr || ids->shape.size() != 1) return {};
  const std::string tokens = ids->shape[0];
  names_.bounds = name_of(inputs, Role::bounds, tokens);
  names_.rows = name_of(inputs, Role::rows, tokens);
  names_.types = name_of(inputs, Role::packed, kTypes);
  return names_.bounds.empty() ? std::string() : tokens;
}

void TextEngine::refuse(const Need& need) const {
  std::string names;
  for (const TensorInfo& info : engine_.outputs())
    if (!info.on_demand) names += (names.empty() ? "" : ", ") + info.name;
  std::string what = facts_.architecture.empty() ? "this plan" : "this plan is a " + facts_.architecture;
  fail(ErrorCode::unsupported, need.task, need.cure, "{} and does not fit the task (its outputs: {})", what, names);
}

int64_t TextEngine::width(std::string_view output) const { return last_dimension(engine_.outputs(), output); }
int64_t TextEngine::input_width(std::string_view input) const { return last_dimension(engine_.inputs(), input); }

EncodeOptions TextEngine::encode_options() const {
  EncodeOptions how;
  how.replace_invalid = options_.replace_invalid;
  return how;
}

Encoding TextEngine::encode(size_t number, const std::string& text, const std::string* pair, Notes& notes) const {
  EncodeOptions how = encode_options();
  if (cuts()) how.max_length = cut_tokens_;
  Encoding encoding;
  try {
    encoding = pair ? tokenizer_->encode(text, *pair, how) : tokenizer_->encode(text, how);
  } catch (const Error& error) {
    throw about_text(number, text, error);
  }
  if (encoding.size() == 0)
    fail(ErrorCode::invalid_argument, text_name(number, text), "give some words",
         "the text is empty, and the tokenizer puts no token of its own around it");
  if (max_tokens_ > 0 && static_cast<int64_t>(encoding.size()) > max_tokens_)
    fail(ErrorCode::out_of_range, text_name(number, text), "shorten it, or allow it to be cut (TaskOptions::truncate)",
         "it has {} tokens, the model takes {}", encoding.size(), max_tokens_);
  if (encoding.truncated) notes.cut(number);
  return encoding;
}

size_t TextEngine::take_group(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen,
                              std::span<const size_t> order) const {
  const int64_t budget = options_.batch_tokens;
  const auto longest = static_cast<int64_t>(texts[order[0]].size());
  int64_t tokens = 0;
  size_t count = 0, rows = 0;
  while (count < order.size() && (max_batch_ <= 0 || static_cast<int64_t>(count) < max_batch_)) {
    const size_t text = order[count];
    tokens += form_ == Form::padded ? longest : static_cast<int64_t>(texts[text].size());
    if (scope_ == Scope::chosen) rows += chosen[text].size();
    if (count > 0 && (tokens > budget || rows > kMostChosenRows)) break;
    ++count;
  }
  return count;
}

void TextEngine::run(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen, const Sink& sink,
                     const Refuse& refuse) const {
  std::vector<size_t> order;
  for (size_t i = 0; i < texts.size(); ++i)
    if (texts[i].size() > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return texts[a].size() > texts[b].size(); });
  if (order.empty()) return;
  Lease lease(*this);
  std::span<const size_t> rest = order;
  while (!rest.empty()) {
    const size_t count = take_group(texts, chosen, rest);
    run_group(*lease, {texts, chosen, rest.first(count)}, sink, refuse);
    rest = rest.subspan(count);
  }
}

std::vector<float> TextEngine::compute(const std::string& input, std::vector<float>& values, int64_t rows,
                                       const std::string& output) const {
  Context context = engine_.context({.threads = options_.threads});
  context.request({output});
  context.set_input(input, {DType::f32, {rows, static_cast<int64_t>(values.size()) / rows}, values.data()});
  context.run().throw_if_error();
  const ConstTensorRef result = context.output(output);
  const auto* first = static_cast<const float*>(result.data);
  return {first, first + result.shape.count()};
}

void TextEngine::bind_packed(Slot& slot, const Group& group) const {
  slot.ids.clear(), slot.types.clear(), slot.rows.clear();
  slot.cu_seqlens.assign(1, 0);
  for (size_t m : group.members) {
    const Encoding& text = group.texts[m];
    if (form_ == Form::rows)
      for (int32_t row : group.chosen[m]) slot.rows.push_back(slot.cu_seqlens.back() + row);
    slot.ids.insert(slot.ids.end(), text.ids.begin(), text.ids.end());
    slot.types.insert(slot.types.end(), text.type_ids.begin(), text.type_ids.end());
    slot.cu_seqlens.push_back(static_cast<int32_t>(slot.ids.size()));
  }
  const auto bind = [&](const std::string& name, std::vector<int32_t>& values) {
    slot.context.set_input(name, {DType::i32, {static_cast<int64_t>(values.size())}, values.data()});
  };
  bind(names_.ids, slot.ids);
  bind(names_.bounds, slot.cu_seqlens);
  if (has_types_) bind(names_.types, slot.types);
  if (form_ == Form::rows) bind(names_.rows, slot.rows);
}

void TextEngine::bind_padded(Slot& slot, const Group& group) const {
  const size_t batch = group.members.size();
  size_t width = 1;
  for (size_t m : group.members) width = std::max(width, group.texts[m].size());
  slot.ids.assign(batch * width, std::max(tokenizer_->pad_id(), 0));
  slot.types.assign(batch * width, 0);
  slot.mask.assign(batch * width, 0);
  for (size_t i = 0; i < batch; ++i) {
    const Encoding& text = group.texts[group.members[i]];
    const auto at = static_cast<ptrdiff_t>(i * width);
    std::copy(text.ids.begin(), text.ids.end(), slot.ids.begin() + at);
    std::copy(text.type_ids.begin(), text.type_ids.end(), slot.types.begin() + at);
    std::fill_n(slot.mask.begin() + at, text.size(), 1);
  }
  const Shape shape{static_cast<int64_t>(batch), static_cast<int64_t>(width)};
  slot.context.set_input(kIds, {DType::i32, shape, slot.ids.data()});
  slot.context.set_input(kMask, {DType::i32, shape, slot.mask.data()});
  if (has_types_) slot.context.set_input(kTypes, {DType::i32, shape, slot.types.data()});
}

/// A group that fails for its data, or for want of memory, is halved until the text is found that does so alone.
void TextEngine::run_group(Slot& slot, const Group& group, const Sink& sink, const Refuse& refuse) const {
  form_ == Form::padded ? bind_padded(slot, group) : bind_packed(slot, group);
  const Status status = slot.context.run();
  if (status.ok()) return read_group(slot, group, sink, refuse);
  const bool of_data = Notes::of_text(status.code());
  const size_t half = group.members.size() / 2;
  if (half > 0 && (of_data || status.code() == ErrorCode::out_of_memory)) {
    run_group(slot, {group.texts, group.chosen, group.members.first(half)}, sink, refuse);
    run_group(slot, {group.texts, group.chosen, group.members.subspan(half)}, sink, refuse);
    return;
  }
  if (!of_data) status.throw_if_error();
  refuse(group.members[0], Error(status.code(), {}, status.message()));
}

void TextEngine::read_group(const Slot& slot, const Group& group, const Sink& sink, const Refuse& refuse) const {
  std::vector<Matrix> whole, parts(requests_.size());
  for (const std::string& name : requests_) {
    const ConstTensorRef tensor = slot.context.output(name);
    int64_t rows = tensor.shape[0];
    if (form_ == Form::padded && scope_ != Scope::texts) rows *= tensor.shape[1];
    whole.push_back({static_cast<const float*>(tensor.data), rows, rows == 0 ? 0 : tensor.shape.count() / rows});
  }
  const int64_t padded_width = form_ == Form::padded ? static_cast<int64_t>(slot.ids.size() / group.members.size()) : 0;
  std::vector<float> gathered;
  int64_t at = 0;
  for (size_t i = 0; i < group.members.size(); ++i) {
    const size_t text = group.members[i];
    const auto length = static_cast<int64_t>(group.texts[text].size());
    const bool gather = scope_ == Scope::chosen && form_ != Form::rows;
    int64_t count = 1;
    if (scope_ == Scope::tokens) count = length;
    if (scope_ == Scope::chosen) count = static_cast<int64_t>(group.chosen[text].size());
    for (size_t o = 0; o < whole.size(); ++o) {
      const Matrix& m = whole[o];
      parts[o] = {m.data + at * m.width, count, m.width};
      if (!gather) continue;
      gathered.clear();
      for (int32_t row : group.chosen[text]) {
        const std::span<const float> values = m.row(at + row);
        gathered.insert(gathered.end(), values.begin(), values.end());
      }
      parts[o].data = gathered.data();
    }
    if (std::all_of(parts.begin(), parts.end(), has_numbers))
      sink(text, parts);
    else
      refuse(text, Error(ErrorCode::out_of_range, {}, "the model's result for it holds NaN or infinite numbers",
                         "check the model's weights, or compute in fp32 where it was built in bf16"));
    at += scope_ == Scope::texts ? 1 : form_ == Form::rows ? count : form_ == Form::padded ? padded_width : length;
  }
}

}  // namespace lathe::tasks
