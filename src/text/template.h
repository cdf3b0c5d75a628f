#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "lathe/tokenizer.h"
#include "text/wordpiece.h"

namespace lathe::text {

/// One part of the row that the model reads: the first or second text, or fixed tokens such as [CLS].
struct TemplatePart {
  int sequence = -1;  ///< 0: first text, 1: second text, -1: fixed tokens
  int32_t type_id = 0;
  std::vector<int32_t> ids;         ///< of fixed tokens
  std::vector<std::string> tokens;  ///< their texts, for serialize()
  std::string name;                 ///< of fixed tokens in the tokenizer.json

  bool operator==(const TemplatePart&) const = default;
};

/// How one text and two texts become a row. Each text occurs at most once.
struct Template {
  std::vector<TemplatePart> single, pair;

  static Template plain();  ///< the texts alone, type ids 0 and 1
  static Template bert(const std::string& cls, int32_t cls_id, const std::string& sep, int32_t sep_id);

  /// Truncates and joins; `second` may be null. All windows when `windows`, else the first alone; `left` cuts at the
  /// front of the texts. Errors as Tokenizer::encode says.
  std::vector<Encoding> apply(const Pieces& first, const Pieces* second, const EncodeOptions& options, bool left,
                              bool windows) const;
  /// Fixed tokens that a row gets.
  int64_t added(bool is_pair) const;

  bool operator==(const Template&) const = default;
};

}  // namespace lathe::text
