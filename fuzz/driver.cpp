// Runs a fuzz target without libFuzzer: any compiler, a fixed number of inputs, the same ones each time.
//   smoke_<name> RUNS [SEED]        the seeds, the files in fuzz/seeds/<name>, then RUNS mutated inputs
//   smoke_<name> --write-seeds DIR  writes the seeds as files, for libFuzzer to start from
//   smoke_<name> --replay FILE...   runs files as they are
// The input under test always lies in smoke_<name>.input in the working directory: after a crash or a hang it is the
// one to replay.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/guarded_buffer.h"
#include "fuzz/mutate.h"
#include "fuzz/target.h"

namespace {
namespace fs = std::filesystem;

class Runner {
 public:
  explicit Runner(const std::string& name)
      : record_(open((name + ".input").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {
    if (record_ < 0) std::perror(name.c_str()), std::exit(2);
  }
  void run(std::string input) {
    input.resize(std::min(input.size(), buffer_.capacity()));
    if (pwrite(record_, input.data(), input.size(), 0) != static_cast<ssize_t>(input.size()) ||
        ftruncate(record_, static_cast<off_t>(input.size())) != 0)
      std::perror("input file"), std::exit(2);
    LLVMFuzzerTestOneInput(buffer_.put(input), input.size());
    ++count_;
  }
  int64_t count() const { return count_; }

 private:
  int record_;
  lathe::fuzz::GuardedBuffer buffer_{size_t{4} << 20};
  int64_t count_ = 0;
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) std::fprintf(stderr, "%s: cannot be read\n", path.c_str()), std::exit(2);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Checked-in inputs that once failed, and others worth keeping.
std::vector<std::string> kept(const std::string& name) {
  const fs::path folder = fs::path(LATHE_SOURCE_DIR "/fuzz/seeds") / name;
  std::vector<fs::path> paths;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const fs::path& path : paths) inputs.push_back(read(path));
  return inputs;
}

int write_seeds(const fs::path& folder) {
  fs::create_directories(folder);
  int number = 0;
  for (const std::string& seed : lathe::fuzz::seeds())
    std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
  return 0;
}

int smoke(const std::string& name, int64_t runs, uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::string> inputs = lathe::fuzz::seeds();
  for (std::string& input : kept(name.substr(std::strlen("smoke_")))) inputs.push_back(std::move(input));
  Runner runner(name);
  runner.run({});
  for (const std::string& input : inputs) runner.run(input);
  lathe::fuzz::Mutator mutator(std::move(inputs), seed);
  for (int64_t i = 0; i < runs; ++i) runner.run(mutator.next());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf("%s: %lld inputs in %.1f s\n", name.c_str(), static_cast<long long>(runner.count()), taken.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = fs::path(argv[0]).filename().string();
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "--write-seeds" && argc == 3) return write_seeds(argv[2]);
  if (first == "--replay" && argc > 2) {
    Runner runner(name);
    for (int i = 2; i < argc; ++i) runner.run(read(argv[i]));
    return 0;
  }
  const int64_t runs = std::atoll(first.c_str());
  if (runs <= 0 || argc > 3) return std::fprintf(stderr, "usage: %s RUNS [SEED]\n", name.c_str()), 2;
  return smoke(name, runs, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
}
