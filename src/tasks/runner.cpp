#include "tasks/runner.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "plan/plan.h"

namespace lathe::tasks {
namespace {

/// Rows of wide outputs (a vocabulary's) that are held at once.
constexpr size_t kMostChosenRows = 256;

const TensorInfo* find(const std::vector<TensorInfo>& list, std::string_view name) {
  auto found = std::find_if(list.begin(), list.end(), [&](const TensorInfo& info) { return info.name == name; });
  return found == list.end() ? nullptr : &*found;
}

/// [batch, seq, ..]: a row a token.
bool token_wise(const TensorInfo& info) { return info.shape.size() >= 2 && info.shape[1] == "seq"; }

int64_t profile_max(const Plan& plan, const char* symbol) {
  auto found = plan.data()->profile.find(symbol);
  return found == plan.data()->profile.end() ? 0 : found->second.max;
}

int64_t smaller_limit(int64_t a, int64_t b) { return a <= 0 ? b : b <= 0 ? a : std::min(a, b); }

std::unique_ptr<Tokenizer> read_tokenizer(const Plan& plan, std::string_view task) {
  if (plan.tokenizer_json().empty())
    fail(ErrorCode::unsupported, task, "add tokenizer.json or vocab.txt to the folder and build again",
         "the plan has no tokenizer");
  return std::make_unique<Tokenizer>(Tokenizer::from_json(plan.tokenizer_json()));
}

}  // namespace

std::string text_name(size_t number, std::string_view text) {
  constexpr size_t kShown = 40;
  size_t end = std::min(text.size(), kShown);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("text {} (\"{}{}\")", number + 1, text.substr(0, end), end < text.size() ? "..." : "");
}

void need_tokens(size_t number, std::string_view text, const Encoding& encoding, bool pair) {
  bool found[2] = {false, !pair};
  for (int8_t sequence : encoding.sequence_ids)
    if (sequence >= 0) found[sequence != 0] = true;
  if (!found[0] || !found[1])
    fail(ErrorCode::invalid_argument, text_name(number, text), "give some words", "{} is empty",
         found[0] ? "the second text of the pair" : "the text");
}

/// A context with the memory that its inputs point at.
struct Runner::Slot {
  Context context;
  std::vector<int32_t> ids, types, cu_seqlens, mask, rows;
};

class Runner::Lease {
 public:
  explicit Lease(const Runner& runner) : runner_(runner) {
    {
      std::lock_guard lock(runner_.mutex_);
      if (!runner_.idle_.empty()) {
        slot_ = std::move(runner_.idle_.back());
        runner_.idle_.pop_back();
      }
    }
    if (slot_) return;
    slot_ = std::make_unique<Slot>(
        Slot{runner_.engine_.context({.threads = runner_.options_.threads}), {}, {}, {}, {}, {}});
    slot_->context.request(runner_.requests_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    std::lock_guard lock(runner_.mutex_);
    runner_.idle_.push_back(std::move(slot_));
  }
  Slot& operator*() const { return *slot_; }

 private:
  const Runner& runner_;
  std::unique_ptr<Slot> slot_;
};

struct Runner::Group {
  std::span<const Encoding> texts;
  std::span<const std::vector<int32_t>> chosen;
  std::span<const size_t> members;
};

Runner::Runner(const Plan& plan, const TaskOptions& options, const Need& need)
    : options_(options), engine_(plan), facts_(ModelFacts::parse(plan.model_json())), scope_(need.scope) {
  bool known = need.heads.empty() || facts_.architecture.empty();
  for (std::string_view head : need.heads) known = known || facts_.architecture.ends_with(head);
  if (!known || !find_form(need)) refuse(need);
  tokenizer_ = read_tokenizer(plan, need.task);
  options_.batch_tokens = std::max<int64_t>(options_.batch_tokens, 1);
  max_tokens_ = smaller_limit(facts_.max_positions, profile_max(plan, "seq"));
  cut_tokens_ = smaller_limit(max_tokens_, facts_.max_seq_length);
  if (cut_tokens_ == max_tokens_) cut_tokens_ = smaller_limit(max_tokens_, tokenizer_->max_length());
  max_batch_ = profile_max(plan, "batch");
  max_total_ = profile_max(plan, "tokens");
}

Runner::~Runner() = default;

bool Runner::find_form(const Need& need) {
  const std::vector<TensorInfo> inputs = engine_.inputs(), outputs = engine_.outputs();
  const bool packs = find(inputs, "packed.input_ids") != nullptr && find(inputs, "cu_seqlens") != nullptr;
  bool has_rows = scope_ == Scope::chosen && packs, has_packed = packs;
  for (std::string_view names : need.outputs) {
    const TensorInfo* base = nullptr;
    for (size_t begin = 0, end = 0; base == nullptr && begin <= names.size(); begin = end + 1) {
      end = std::min(names.find('|', begin), names.size());
      base = find(outputs, names.substr(begin, end - begin));
      if (base && token_wise(*base) != (scope_ != Scope::texts)) base = nullptr;
    }
    if (base == nullptr || base->dtype != DType::f32) return false;
    outputs_.push_back(base->name);
    infos_.push_back(*base);
    has_rows = has_rows && find(outputs, "rows." + base->name) != nullptr;
    has_packed = has_packed && (scope_ == Scope::texts || find(outputs, "packed." + base->name) != nullptr);
  }
  form_ = has_rows ? Form::rows : has_packed ? Form::packed : Form::padded;
  for (const std::string& name : outputs_)
    requests_.push_back(form_ == Form::rows                               ? "rows." + name
                        : form_ == Form::packed && scope_ != Scope::texts ? "packed." + name
                                                                          : name);
  has_types_ = find(inputs, form_ == Form::padded ? "token_type_ids" : "packed.token_type_ids") != nullptr;
  return true;
}

void Runner::refuse(const Need& need) const {
  std::string names;
  for (const TensorInfo& info : engine_.outputs())
    if (!info.on_demand) names += (names.empty() ? "" : ", ") + info.name;
  std::string what = facts_.architecture.empty() ? "this plan" : "this plan is a " + facts_.architecture;
  fail(ErrorCode::unsupported, need.task, need.cure, "{} and does not fit the task (its outputs: {})", what, names);
}

int64_t Runner::width(size_t i) const {
  const std::string& last = infos_[i].shape.back();
  const bool digits = !last.empty() && last.size() < 10 &&
                      std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? std::stoll(last) : 0;
}

EncodeOptions Runner::encode_options() const {
  EncodeOptions how;
  how.replace_invalid = options_.replace_invalid;
  return how;
}

Encoding Runner::encode(size_t number, const std::string& text, const std::string* pair, Limit limit) const {
  EncodeOptions how = encode_options();
  if (options_.truncate) how.max_length = max_tokens_;
  if (limit == Limit::cut) how.max_length = cut_tokens_;
  Encoding encoding;
  try {
    encoding = pair ? tokenizer_->encode(text, *pair, how) : tokenizer_->encode(text, how);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("text {}", number + 1), error.what());
  }
  if (max_tokens_ > 0 && static_cast<int64_t>(encoding.size()) > max_tokens_)
    fail(ErrorCode::out_of_range, text_name(number, text), "shorten it, or allow it to be cut (--truncate)",
         "it has {} tokens, the model takes {}", encoding.size(), max_tokens_);
  return encoding;
}

size_t Runner::take_group(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen,
                          std::span<const size_t> order) const {
  const int64_t budget = smaller_limit(options_.batch_tokens, max_total_);
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

void Runner::run(std::span<const Encoding> texts, std::span<const std::vector<int32_t>> chosen,
                 const Sink& sink) const {
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return texts[a].size() > texts[b].size(); });
  if (order.empty()) return;
  Lease lease(*this);
  std::span<const size_t> rest = order;
  while (!rest.empty()) {
    const size_t count = take_group(texts, chosen, rest);
    run_group(*lease, {texts, chosen, rest.first(count)}, sink);
    rest = rest.subspan(count);
  }
}

void Runner::bind_packed(Slot& slot, const Group& group) const {
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
  const auto bind = [&](const char* name, std::vector<int32_t>& values) {
    slot.context.set_input(name, {DType::i32, {static_cast<int64_t>(values.size())}, values.data()});
  };
  bind("packed.input_ids", slot.ids);
  bind("cu_seqlens", slot.cu_seqlens);
  if (has_types_) bind("packed.token_type_ids", slot.types);
  if (form_ == Form::rows) bind("rows", slot.rows);
}

void Runner::bind_padded(Slot& slot, const Group& group) const {
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
  slot.context.set_input("input_ids", {DType::i32, shape, slot.ids.data()});
  slot.context.set_input("attention_mask", {DType::i32, shape, slot.mask.data()});
  if (has_types_) slot.context.set_input("token_type_ids", {DType::i32, shape, slot.types.data()});
}

void Runner::run_group(Slot& slot, const Group& group, const Sink& sink) const {
  form_ == Form::padded ? bind_padded(slot, group) : bind_packed(slot, group);
  slot.context.run().throw_if_error();
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
    sink(text, parts);
    at += scope_ == Scope::texts ? 1 : form_ == Form::rows ? count : form_ == Form::padded ? padded_width : length;
  }
}

}  // namespace lathe::tasks
