#include "ops/epilogue.h"

#include <charconv>

#include "base/error.h"
#include "ops/activation.h"

namespace lathe::ops {

size_t Epilogue::operands() const {
  size_t count = 0;
  for (const EpilogueRecord& record : records) count += record.operands();
  return count;
}

int Epilogue::operand_of(EpilogueRecord::Kind kind) const {
  size_t at = 0;
  for (const EpilogueRecord& record : records) {
    if (record.kind == kind) return static_cast<int>(at);
    at += record.operands();
  }
  return -1;
}

const EpilogueRecord* Epilogue::find(EpilogueRecord::Kind kind) const {
  for (const EpilogueRecord& record : records)
    if (record.kind == kind) return &record;
  return nullptr;
}

std::string to_string(const Epilogue& epilogue) {
  std::string text;
  for (const EpilogueRecord& record : epilogue.records) {
    if (!text.empty()) text += "+";
    switch (record.kind) {
      case EpilogueRecord::Kind::bias: text += "bias"; break;
      case EpilogueRecord::Kind::activation: text += lathe::to_string(record.activation); break;
      case EpilogueRecord::Kind::residual: text += "residual"; break;
      case EpilogueRecord::Kind::layer_norm: text += fmt::format("layer_norm({})", record.epsilon); break;
    }
  }
  return text;
}

void parse(std::string_view text, Epilogue& epilogue) {
  using Kind = EpilogueRecord::Kind;
  epilogue.records.clear();
  while (!text.empty()) {
    // A '+' inside parentheses belongs to a number (1e+03).
    size_t end = text.starts_with("layer_norm(") ? text.find(')') : text.find('+');
    if (text.starts_with("layer_norm(") && end != std::string_view::npos) ++end;
    std::string_view word = text.substr(0, end);
    EpilogueRecord record;
    if (word == "bias") {
      record.kind = Kind::bias;
    } else if (word == "residual") {
      record.kind = Kind::residual;
    } else if (word.starts_with("layer_norm(") && word.back() == ')') {
      record.kind = Kind::layer_norm;
      std::string_view number = word.substr(11, word.size() - 12);
      auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), record.epsilon);
      if (error != std::errc() || stop != number.data() + number.size() || !(record.epsilon >= 0))
        fail(ErrorCode::corrupt_file, "epilogue", {}, "'{}' has no epsilon", word.substr(0, 64));
    } else {
      record.kind = Kind::activation;
      lathe::parse(word, record.activation);
    }
    epilogue.records.push_back(record);
    if (epilogue.records.size() > 16) fail(ErrorCode::corrupt_file, "epilogue", {}, "more than 16 records");
    text = end == std::string_view::npos || end >= text.size() ? std::string_view() : text.substr(end + 1);
  }
}

}  // namespace lathe::ops
