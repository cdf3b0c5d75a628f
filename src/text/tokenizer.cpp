#include "lathe/tokenizer.h"

#include <algorithm>

#include "base/error.h"
#include "text/tokenizer_impl.h"
#include "text/utf8.h"

namespace lathe {
namespace {

char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Tokens of a single text that encode() has to see: one over the limit shows that it must be cut. (A pair is balanced
// by its true lengths, windows need everything, and what is cut at the front keeps the end.)
size_t enough_for(const EncodeOptions& options, bool left) {
  if (options.max_length <= 0 || left) return static_cast<size_t>(-1);
  return static_cast<size_t>(options.max_length) + 1;
}

}  // namespace

text::Pieces Tokenizer::Impl::pieces(std::string_view text, bool replace_invalid, size_t enough) const {
  std::string mended;
  if (const size_t bad = text::find_invalid_utf8(text); bad != std::string_view::npos) {
    if (!replace_invalid)
      fail(ErrorCode::invalid_argument, "text", "give valid UTF-8, or ask for bad bytes to be replaced",
           "byte {} (0x{:02X}) is not valid UTF-8", bad, static_cast<unsigned char>(text[bad]));
    mended = text::replace_invalid_utf8(text);
    text = mended;
  }
  if (text.size() > INT32_MAX)
    fail(ErrorCode::out_of_range, "text", "cut it into parts", "it has {} bytes, more than {}", text.size(), INT32_MAX);

  text::Pieces out;
  text::Normalized normalized;
  std::vector<text::AddedTokens::Match> raw, inner;
  added.find(text, false, raw);
  int32_t position = 0;  // code points before the part at hand
  const auto plain = [&](std::string_view part) {
    if (part.empty() || out.size() >= enough) return;
    normalized.clear();
    position = normalizer.run(part, position, normalized);
    size_t at = 0;
    if (added.has_normalized()) {
      added.find(normalized.bytes, true, inner);
      for (const auto& match : inner) {
        if (match.begin > at) model.run(normalized, at, match.begin, enough, out);
        out.ids.push_back(match.id);
        out.offsets.emplace_back(normalized.source[match.begin], normalized.source[match.end - 1] + 1);
        at = match.end;
      }
    }
    model.run(normalized, at, normalized.bytes.size(), enough, out);
  };
  size_t at = 0;
  for (const auto& match : raw) {
    // A token may begin with white space that the one before has taken as well: both count, and overlap.
    if (match.begin < at)
      position -= static_cast<int32_t>(text::count_code_points(text.substr(match.begin, at - match.begin)));
    else
      plain(text.substr(at, match.begin - at));
    const auto length =
        static_cast<int32_t>(text::count_code_points(text.substr(match.begin, match.end - match.begin)));
    out.ids.push_back(match.id);
    out.offsets.emplace_back(position, position + length);
    position += length;
    at = match.end;
  }
  plain(text.substr(at));
  return out;
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  const size_t enough = enough_for(options, impl_->truncate_left);
  const text::Pieces first = impl_->pieces(text, options.replace_invalid, enough);
  return std::move(impl_->layout.apply(first, nullptr, options, impl_->truncate_left, false)[0]);
}

Encoding Tokenizer::encode(std::string_view text, std::string_view pair, const EncodeOptions& options) const {
  const text::Pieces first = impl_->pieces(text, options.replace_invalid, static_cast<size_t>(-1));
  const text::Pieces second = impl_->pieces(pair, options.replace_invalid, static_cast<size_t>(-1));
  return std::move(impl_->layout.apply(first, &second, options, impl_->truncate_left, false)[0]);
}

std::vector<Encoding> Tokenizer::encode_windows(std::string_view text, const EncodeOptions& options) const {
  const text::Pieces first = impl_->pieces(text, options.replace_invalid, static_cast<size_t>(-1));
  return impl_->layout.apply(first, nullptr, options, impl_->truncate_left, true);
}

std::vector<Encoding> Tokenizer::encode_windows(std::string_view text, std::string_view pair,
                                                const EncodeOptions& options) const {
  const text::Pieces first = impl_->pieces(text, options.replace_invalid, static_cast<size_t>(-1));
  const text::Pieces second = impl_->pieces(pair, options.replace_invalid, static_cast<size_t>(-1));
  return impl_->layout.apply(first, &second, options, impl_->truncate_left, true);
}

std::string_view Tokenizer::id_to_token(int64_t id) const {
  if (const std::string* token = impl_->added.token_of(id)) return *token;
  return impl_->model.vocabulary().token_of(id);
}

std::optional<int32_t> Tokenizer::token_to_id(std::string_view token) const {
  int32_t id = impl_->added.id_of(token);
  if (id < 0) id = impl_->model.vocabulary().id_of(token);
  return id < 0 ? std::nullopt : std::optional(id);
}

bool Tokenizer::is_special(int64_t id) const { return impl_->added.is_special(id_to_token(id)); }

int64_t Tokenizer::vocab_size() const {
  auto n = static_cast<int64_t>(impl_->model.vocabulary().size());
  for (const text::AddedToken& t : impl_->added.list()) n += impl_->model.vocabulary().id_of(t.content) < 0;
  return n;
}

int64_t Tokenizer::id_limit() const {
  const auto entries = impl_->model.vocabulary().entries();
  return std::max<int64_t>(impl_->added.id_limit(), entries.empty() ? 0 : int64_t{entries.back().id} + 1);
}

int32_t Tokenizer::cls_id() const { return impl_->cls; }
int32_t Tokenizer::sep_id() const { return impl_->sep; }
int32_t Tokenizer::pad_id() const { return impl_->pad; }
int32_t Tokenizer::mask_id() const { return impl_->mask; }
int32_t Tokenizer::unk_id() const { return impl_->unk; }
bool Tokenizer::gives_type_ids() const { return impl_->gives_types; }
int64_t Tokenizer::max_length() const { return impl_->max_length; }

std::string Tokenizer::with_mask_token(std::string_view text) const {
  constexpr std::string_view kMask = "[mask]";
  if (impl_->mask < 0) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const std::string_view here = text.substr(i, kMask.size());
    const bool mask = std::equal(here.begin(), here.end(), kMask.begin(), kMask.end(),
                                 [](char a, char b) { return lower_ascii(a) == b; });
    if (mask) {
      out += impl_->roles.mask;
      i += kMask.size();
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace lathe
