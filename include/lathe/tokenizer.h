#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lathe/export.h"

namespace lathe {

/// Which of a pair gives up tokens when both do not fit: the longer one until both are equal, or always the same one.
enum class Truncation : int { longest_first = 0, only_first = 1, only_second = 2 };

struct EncodeOptions {
  bool add_special_tokens = true;                     ///< [CLS], [SEP] and their like, as the tokenizer's template says
  int64_t max_length = 0;                             ///< most tokens, special ones included; 0: no limit
  Truncation truncation = Truncation::longest_first;  ///< with max_length
  int64_t stride = 0;                                 ///< encode_windows: tokens that neighbouring windows share
  bool replace_invalid = false;                       ///< invalid UTF-8 is read as U+FFFD; else it is an error
};

/// One row of model input; the vectors have one entry a token, without padding.
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;
  /// [begin, end) of the token in its text, counted in Unicode code points; (0, 0) for tokens of the template.
  std::vector<std::pair<int32_t, int32_t>> offsets;
  std::vector<uint8_t> special_tokens_mask;  ///< 1: put there by the template
  std::vector<int8_t> sequence_ids;          ///< 0: first text, 1: second text, -1: put there by the template
  bool truncated = false;                    ///< max_length left tokens of the texts out of this row

  size_t size() const { return ids.size(); }
};

/// BERT's tokenizer (BertNormalizer, BertPreTokenizer, WordPiece), equal to Hugging Face `tokenizers` in ids, offsets,
/// truncation, windows and decoded text. Immutable; copies share it and cost a reference count; every method may be
/// called from many threads.
class LATHE_API Tokenizer {
 public:
  /// The tokenizer that transformers' AutoTokenizer makes of a BERT model's folder, from tokenizer.json, else
  /// vocab.txt, with tokenizer_config.json, special_tokens_map.json and added_tokens.json where present. The class that
  /// tokenizer_config.json (else config.json) names decides: BertTokenizer and its like, also where none is named, take
  /// the vocabulary and the added tokens of tokenizer.json, and everything else from tokenizer_config.json, by default
  /// lower-casing; PreTrainedTokenizerFast and others take tokenizer.json as it is.
  /// Error(not_found): no tokenizer; Error(unsupported): another kind; Error(corrupt_file): files that contradict
  /// themselves; Error(io | out_of_range): a file that is none, or has more than 256 MiB.
  static Tokenizer from_folder(const std::filesystem::path& folder);

  /// The text of a tokenizer.json, or what serialize() wrote, as it is; with the text of a tokenizer_config.json as
  /// from_folder() puts the two together.
  static Tokenizer from_json(std::string_view tokenizer_json, std::string_view config_json = {});

  /// The same, with texts lower-cased first; accents are kept or removed as before.
  Tokenizer lowercased() const;

  /// A self-contained JSON text in the form of a tokenizer.json; from_json() makes an identical tokenizer of it.
  /// The same tokenizer always gives the same bytes.
  std::string serialize() const;

  /// Error(invalid_argument): invalid UTF-8 (the message names the byte), or a max_length that truncation cannot reach.
  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  Encoding encode(std::string_view text, std::string_view pair, const EncodeOptions& options = {}) const;

  /// The whole text (or pair) in as many encodings of at most max_length tokens as it takes; the first equals encode().
  /// Neighbours share `stride` tokens of the truncated text. Without max_length: one encoding.
  std::vector<Encoding> encode_windows(std::string_view text, const EncodeOptions& options) const;
  std::vector<Encoding> encode_windows(std::string_view text, std::string_view pair,
                                       const EncodeOptions& options) const;

  /// The text of `ids`: pieces joined, spaces before punctuation removed when `clean_up`; unknown ids are left out.
  std::string decode(std::span<const int32_t> ids, bool skip_special_tokens = false, bool clean_up = true) const;
  /// The text of tokens by their names, which need not be in the vocabulary: the decoder alone, as a list of words is
  /// joined.
  std::string join(std::span<const std::string> tokens) const;

  /// Empty where no token has this id.
  std::string_view id_to_token(int64_t id) const;
  std::optional<int32_t> token_to_id(std::string_view token) const;
  /// True for [CLS], [MASK] and whatever else decode(skip_special_tokens) leaves out.
  bool is_special(int64_t id) const;

  int64_t vocab_size() const;  ///< number of tokens, added ones included
  int64_t id_limit() const;    ///< the highest id + 1: a model needs at least as many embeddings

  /// -1 where the tokenizer has no such token.
  int32_t cls_id() const;
  int32_t sep_id() const;
  int32_t pad_id() const;
  int32_t mask_id() const;
  int32_t unk_id() const;

  /// model_max_length of tokenizer_config.json; 0 where it gives none.
  int64_t max_length() const;

  /// Whether a model is to be given the type ids; else it takes them for 0, as transformers has it for tokenizers whose
  /// model_input_names lack token_type_ids (those of PreTrainedTokenizerFast, unless tokenizer_config.json names them).
  bool gives_type_ids() const;

  /// `text` with each "[mask]", in any case, replaced by this tokenizer's mask token.
  std::string with_mask_token(std::string_view text) const;

  struct Impl;
  explicit Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  // Copies only: a moved-from tokenizer stays usable.
  Tokenizer(const Tokenizer&) = default;
  Tokenizer& operator=(const Tokenizer&) = default;
  ~Tokenizer() = default;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace lathe
