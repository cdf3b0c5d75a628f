#include "ops/epilogue.h"

#include <charconv>

#include "base/error.h"
#include "ops/activation.h"
#include "ops/expander.h"
#include "ops/layer_norm.h"

namespace lathe::ops {

size_t Epilogue::operands() const {
  size_t count = 0;
  for (const EpilogueRecord& record : records) count += record.operands();
  return count;
}

const EpilogueRecord& Epilogue::record_of(size_t operand) const {
  size_t end = 0;
  for (const EpilogueRecord& record : records)
    if ((end += record.operands()) > operand) return record;
  fail(ErrorCode::internal, "epilogue", {}, "{} operands, none is number {}", end, operand);
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
    if (epilogue.records.size() > Epilogue::kMostRecords)
      fail(ErrorCode::corrupt_file, "epilogue", {}, "more than {} records", Epilogue::kMostRecords);
    text = end == std::string_view::npos || end >= text.size() ? std::string_view() : text.substr(end + 1);
  }
}

ExpanderValue expand(const Epilogue& epilogue, Expander& to, ExpanderValue y, std::span<const ExpanderValue> operands) {
  using Kind = EpilogueRecord::Kind;
  const DType working = to.type(y).dtype;
  const std::vector<EpilogueRecord>& records = epilogue.records;
  for (size_t i = 0; i < records.size(); ++i) {
    const EpilogueRecord& record = records[i];
    const bool norm_follows = i + 1 < records.size() && records[i + 1].kind == Kind::layer_norm;
    if (record.kind == Kind::activation) {
      y = to.add(Act{record.activation}, {y});
    } else if (record.kind == Kind::layer_norm) {
      y = to.add(LayerNorm{record.epsilon, false}, {y, operands[0], operands[1]});
    } else if (record.kind == Kind::residual && norm_follows) {
      const ExpanderValue residual = to.cast(operands[0], working);
      y = to.add(LayerNorm{records[++i].epsilon, true}, {y, residual, operands[1], operands[2]});
      operands = operands.subspan(1);
    } else {
      y = to.binary(BinaryKind::add, y, to.cast(operands[0], working));
    }
    operands = operands.subspan(records[i].operands());
  }
  return y;
}

}  // namespace lathe::ops
