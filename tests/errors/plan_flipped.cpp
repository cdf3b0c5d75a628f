// A plan with one bit that is not what was written: each byte of the file is covered by a check.
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"

namespace lathe {
namespace {

class ErrorsPlanFlipped : public test::BadPlan {
 protected:
  /// A bit of the byte at `place`, another one at each place.
  static void flip(std::byte* file, size_t place) { file[place] ^= std::byte{1} << (place % 8); }
};

TEST_F(ErrorsPlanFlipped, AnyByteOfHeaderAndDescription) {
  std::byte* file = nullptr;
  const Blob blob = Blob::zeros(bytes().size(), &file);
  std::memcpy(file, bytes().data(), bytes().size());
  ASSERT_NO_THROW(plan::read_bytes(blob, "flipped.plan"));
  for (size_t place = 0; place < weights_at(); ++place) {
    const bool magic = place < 8, version = place >= 8 && place < 12;
    flip(file, place);
    test::expect_refusal(version ? ErrorCode::unsupported_version : ErrorCode::corrupt_file,
                         {"flipped.plan",
                          magic     ? "no Lathe plan"
                          : version ? "plan format"
                                    : "damaged plan",
                          magic ? "give a file" : "build the plan again"},
                         [&] { plan::read_bytes(blob, "flipped.plan"); });
    if (HasFailure()) FAIL() << "flipped at byte " << place << " of " << blob.size;
    flip(file, place);
  }
}

/// Weights are reached only after the description was read, which takes its time: not every byte, but each 64-byte
/// line of them, at changing places.
TEST_F(ErrorsPlanFlipped, AnyLineOfWeights) {
  std::byte* file = nullptr;
  const Blob blob = Blob::zeros(bytes().size(), &file);
  std::memcpy(file, bytes().data(), bytes().size());
  for (size_t line = weights_at(); line < blob.size; line += 64) {
    const size_t place = std::min(line + line / 64 % 64, blob.size - 1);
    flip(file, place);
    test::expect_refusal(ErrorCode::corrupt_file,
                         {"flipped.plan", "the checksum of its weights does not agree", "copy or build the plan again"},
                         [&] { plan::read_bytes(blob, "flipped.plan"); });
    if (HasFailure()) FAIL() << "flipped at byte " << place << " of " << blob.size;
    flip(file, place);
  }
}

TEST_F(ErrorsPlanFlipped, AsAFile) {
  for (size_t place : {size_t{0}, size_t{70}, weights_at() + 1, bytes().size() - 1}) {
    std::string content = bytes();
    content[place] = static_cast<char>(content[place] ^ 0x10);
    expect_refused(content, ErrorCode::corrupt_file, "plan", place < 8 ? "give a file" : "build the plan again");
  }
}

}  // namespace
}  // namespace lathe
