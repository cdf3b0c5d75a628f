#include "tasks/entities.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "tasks/scores.h"

namespace lathe::tasks {
namespace {

/// "B-PER" is a beginning of PER; "I-PER" and "PER" continue one.
struct Tag {
  bool begins;
  std::string_view name;
};
Tag tag_of(std::string_view label) {
  const bool marked = label.starts_with("B-") || label.starts_with("I-");
  return {label.starts_with("B-"), marked ? label.substr(2) : label};
}

Entity entity_of(const TaggedToken& token, std::span<const std::string> labels) {
  const size_t best = argmax(token.scores);
  return {labels[best], token.scores[best], token.word, token.start, token.end, token.index};
}

/// One tag for the tokens of a word.
Entity word_entity(std::span<const TaggedToken> word, std::span<const std::string> labels, const Tokenizer& tokenizer,
                   Aggregation how) {
  std::vector<double> scores = word[0].scores;
  if (how == Aggregation::max) {
    const auto surest = std::max_element(word.begin(), word.end(), [](const TaggedToken& a, const TaggedToken& b) {
      return a.scores[argmax(a.scores)] < b.scores[argmax(b.scores)];
    });
    scores = surest->scores;
  } else if (how == Aggregation::average) {
    for (size_t t = 1; t < word.size(); ++t)
      for (size_t i = 0; i < scores.size(); ++i) scores[i] += word[t].scores[i];
    for (double& s : scores) s /= static_cast<double>(word.size());
  }
  std::vector<std::string> pieces;
  for (const TaggedToken& token : word) pieces.push_back(token.word);
  const size_t best = argmax(scores);
  return {labels[best], scores[best], tokenizer.join(pieces), word.front().start, word.back().end, -1};
}

Entity group_entity(std::span<const Entity> group, const Tokenizer& tokenizer) {
  const std::string_view first = group[0].label;
  const size_t dash = first.find('-');
  Entity entity = group[0];
  entity.label = dash == std::string_view::npos ? first : first.substr(dash + 1);
  entity.score = 0;
  std::vector<std::string> words;
  for (const Entity& e : group) {
    entity.score += e.score / static_cast<double>(group.size());
    words.push_back(e.word);
  }
  entity.word = tokenizer.join(words);
  entity.end = group.back().end;
  entity.index = -1;
  return entity;
}

std::vector<Entity> group_entities(std::span<const Entity> entities, const Tokenizer& tokenizer) {
  std::vector<Entity> groups;
  for (size_t begin = 0, end = 0; begin < entities.size(); begin = end) {
    for (end = begin + 1; end < entities.size(); ++end) {
      const Tag tag = tag_of(entities[end].label);
      if (tag.begins || tag.name != tag_of(entities[end - 1].label).name) break;
    }
    groups.push_back(group_entity(entities.subspan(begin, end - begin), tokenizer));
  }
  return groups;
}

}  // namespace

std::vector<Entity> aggregate(std::span<const TaggedToken> tokens, std::span<const std::string> labels,
                              const Tokenizer& tokenizer, Aggregation how, std::span<const std::string> ignored) {
  std::vector<Entity> entities;
  if (how == Aggregation::none || how == Aggregation::simple) {
    for (const TaggedToken& token : tokens) entities.push_back(entity_of(token, labels));
  } else {
    for (size_t begin = 0, end = 0; begin < tokens.size(); begin = end) {
      for (end = begin + 1; end < tokens.size() && tokens[end].continues_word;) ++end;
      entities.push_back(word_entity(tokens.subspan(begin, end - begin), labels, tokenizer, how));
    }
  }
  if (how != Aggregation::none) entities = group_entities(entities, tokenizer);
  std::erase_if(entities,
                [&](const Entity& e) { return std::find(ignored.begin(), ignored.end(), e.label) != ignored.end(); });
  return entities;
}

std::vector<Entity> merge_overlapping(std::vector<Entity> entities) {
  std::stable_sort(entities.begin(), entities.end(),
                   [](const Entity& a, const Entity& b) { return a.start < b.start; });
  std::vector<Entity> kept;
  for (Entity& entity : entities) {
    if (kept.empty() || entity.start >= kept.back().end) {
      kept.push_back(std::move(entity));
      continue;
    }
    const int32_t length = entity.end - entity.start, other = kept.back().end - kept.back().start;
    if (length > other || (length == other && entity.score > kept.back().score)) kept.back() = std::move(entity);
  }
  return kept;
}

}  // namespace lathe::tasks
