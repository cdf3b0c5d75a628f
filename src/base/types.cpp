#include "lathe/types.h"

#include "base/error.h"

namespace lathe {
namespace {
struct TypeName {
  DType type;
  std::string_view name;
  int bits;
};
constexpr TypeName kTypes[] = {
    {DType::f64, "f64", 64},     {DType::f32, "f32", 32},      {DType::f16, "f16", 16},      {DType::bf16, "bf16", 16},
    {DType::i64, "i64", 64},     {DType::i32, "i32", 32},      {DType::i16, "i16", 16},      {DType::i8, "i8", 8},
    {DType::u64, "u64", 64},     {DType::u32, "u32", 32},      {DType::u16, "u16", 16},      {DType::u8, "u8", 8},
    {DType::boolean, "bool", 8}, {DType::f8e4m3, "f8e4m3", 8}, {DType::f8e5m2, "f8e5m2", 8}, {DType::i4, "i4", 4},
    {DType::u4, "u4", 4},
};

constexpr std::string_view kRoles[] = {"plain", "mask", "packed", "bounds", "rows"};
}  // namespace

int bits_of(DType type) { return kTypes[static_cast<size_t>(type)].bits; }
size_t size_of(DType type) { return static_cast<size_t>(bits_of(type) + 7) / 8; }

int64_t bytes_of(DType type, int64_t count) {
  const auto bytes = (static_cast<__int128>(count) * bits_of(type) + 7) / 8;
  return bytes > INT64_MAX ? INT64_MAX : static_cast<int64_t>(bytes);
}

std::string_view to_string(DType type) { return kTypes[static_cast<size_t>(type)].name; }

DType parse_dtype(std::string_view name) {
  for (const TypeName& t : kTypes)
    if (t.name == name) return t.type;
  fail(ErrorCode::invalid_argument, name,
       "use one of f64 f32 f16 bf16 f8e4m3 f8e5m2 i64 i32 i16 i8 i4 u64 u32 u16 u8 u4 bool", "unknown element type");
}

std::string_view to_string(Role role) { return kRoles[static_cast<size_t>(role)]; }

Role parse_role(std::string_view name) {
  for (size_t i = 0; i < std::size(kRoles); ++i)
    if (kRoles[i] == name) return static_cast<Role>(i);
  fail(ErrorCode::invalid_argument, name, "use plain, mask, packed, bounds or rows", "unknown role");
}

void Shape::refuse_rank() {
  fail(ErrorCode::out_of_range, "shape", "merge neighbouring dimensions", "tensors have at most {} dimensions",
       kMaxRank);
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", ")); }

}  // namespace lathe
