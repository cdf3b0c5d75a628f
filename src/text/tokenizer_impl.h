#pragma once
#include <optional>
#include <string>
#include <vector>

#include "lathe/tokenizer.h"
#include "text/added_tokens.h"
#include "text/normalizer.h"
#include "text/template.h"
#include "text/wordpiece.h"

namespace lathe::text {

/// The tokens that a model gives a meaning to; empty where the tokenizer has none.
struct Roles {
  std::string cls, sep, pad, mask, unk;
};

/// What the files of a folder say, before it is put together: read_*.cpp fill it, build() makes the tokenizer.
struct Spec {
  Vocabulary vocabulary;
  std::string unknown = "[UNK]", prefix = "##";
  uint64_t max_word_chars = 100;

  bool clean_text = true, handle_chinese_chars = true, lowercase = true;
  std::optional<bool> strip_accents;  ///< nothing: as lowercase

  std::vector<AddedToken> added;
  std::optional<Template> layout;  ///< nothing: BERT's with the roles' tokens
  Roles roles;

  bool has_decoder = true;
  std::string decoder_prefix = "##";
  bool decoder_cleanup = true;
  bool cleanup_spaces = false;  ///< transformers' clean_up_tokenization_spaces

  bool truncate_left = false;
  bool gives_types = true;  ///< models are given the type ids
  int64_t max_length = 0;
};

/// Which parts of a tokenizer.json count: transformers' BERT classes take the vocabulary and build the rest themselves.
enum class Parts { all, vocabulary };

/// A tokenizer.json or what serialize() wrote. `where` names it in errors.
Spec read_tokenizer_json(std::string_view json, const std::string& where, Parts parts);
/// A vocab.txt: a token a line, its id the line's number from 0.
Spec read_vocab_txt(std::string_view text, const std::string& where);

/// The files beside them, as texts with their paths; an empty path: there is none.
struct NamedText {
  std::string path, text;
};
struct ConfigFiles {
  NamedText tokenizer_config, special_tokens_map, added_tokens;
};
/// Changes `spec` as the files say: its roles, its added tokens, lengths, and with `bert` the switches of the
/// normalizer, which are then BERT's where the files are silent.
void read_config(const ConfigFiles& files, bool bert, Spec& spec);

Tokenizer build(Spec spec, const std::string& where);

}  // namespace lathe::text

namespace lathe {

struct Tokenizer::Impl {
  text::WordPiece model;
  text::Normalizer normalizer;
  std::optional<bool> strip_accents;
  text::AddedTokens added;
  text::Template layout;
  text::Roles roles;
  int32_t cls = -1, sep = -1, pad = -1, mask = -1, unk = -1;
  bool has_decoder, decoder_cleanup, cleanup_spaces, truncate_left, gives_types;
  std::string decoder_prefix;
  int64_t max_length;

  /// Tokens of one text; may stop once there are `enough`.
  text::Pieces pieces(std::string_view text, bool replace_invalid, size_t enough) const;
};

}  // namespace lathe
