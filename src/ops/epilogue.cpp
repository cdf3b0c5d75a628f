#include "ops/epilogue.h"

#include <algorithm>
#include <charconv>
#include <cmath>

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
      case EpilogueRecord::Kind::activation:
        text += lathe::to_string(record.activation);
        if (record.alpha != 1 || record.beta != 1) text += fmt::format("({},{})", record.alpha, record.beta);
        break;
      case EpilogueRecord::Kind::residual: text += "residual"; break;
      case EpilogueRecord::Kind::layer_norm: text += fmt::format("layer_norm({})", record.epsilon); break;
    }
  }
  return text;
}

namespace {

bool read_number(std::string_view text, double& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size();
}

/// "gelu", "clip(0,6)"
void parse_activation(std::string_view word, EpilogueRecord& record) {
  const size_t open = std::min(word.find('('), word.size());
  lathe::parse(word.substr(0, open), record.activation);
  if (open == word.size()) return;
  const std::string_view rest = word.substr(open + 1);
  const size_t comma = rest.find(',');
  if (comma == std::string_view::npos || rest.back() != ')' || !read_number(rest.substr(0, comma), record.alpha) ||
      !read_number(rest.substr(comma + 1, rest.size() - comma - 2), record.beta) || std::isnan(record.alpha) ||
      std::isnan(record.beta))
    fail(ErrorCode::corrupt_file, "epilogue", {}, "'{}' needs an alpha and a beta", word.substr(0, 64));
}

}  // namespace

void parse(std::string_view text, Epilogue& epilogue) {
  using Kind = EpilogueRecord::Kind;
  epilogue.records.clear();
  while (!text.empty()) {
    // A '+' inside parentheses belongs to a number (1e+03).
    size_t end = text.find_first_of("(+");
    if (end != std::string_view::npos && text[end] == '(' && (end = text.find(')')) != std::string_view::npos) ++end;
    std::string_view word = text.substr(0, end);
    EpilogueRecord record;
    if (word == "bias") {
      record.kind = Kind::bias;
    } else if (word == "residual") {
      record.kind = Kind::residual;
    } else if (word.starts_with("layer_norm(") && word.back() == ')') {
      record.kind = Kind::layer_norm;
      if (!read_number(word.substr(11, word.size() - 12), record.epsilon) || !(record.epsilon >= 0))
        fail(ErrorCode::corrupt_file, "epilogue", {}, "'{}' has no epsilon", word.substr(0, 64));
    } else {
      record.kind = Kind::activation;
      parse_activation(word, record);
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
      y = to.add(Act{record.activation, record.alpha, record.beta}, {y});
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
