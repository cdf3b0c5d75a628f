#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace lathe::fuzz {

/// Random damage of the kinds that files suffer and attackers try. The same seed gives the same inputs everywhere.
class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, uint64_t seed) : seeds_(std::move(seeds)), random_(seed) {}

  /// A seed with one to four changes: flipped bits, cuts, insertions, repeats, parts of another seed, sizes and numbers
  /// replaced by extreme ones.
  std::string next();

 private:
  void change(std::string& bytes);
  void overwrite_size(std::string& bytes);
  void replace_number(std::string& bytes);
  /// A number below `limit`, 0 for none.
  size_t below(size_t limit) { return limit == 0 ? 0 : static_cast<size_t>(random_() % limit); }

  std::vector<std::string> seeds_;
  std::mt19937_64 random_;  // the standard fixes its sequence, unlike that of distributions
};

}  // namespace lathe::fuzz
