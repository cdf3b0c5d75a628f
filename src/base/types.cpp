#include "lathe/types.h"

#include "base/error.h"

namespace lathe {
namespace {
struct TypeName {
  DType type;
  std::string_view name;
  size_t size;
};
constexpr TypeName kTypes[] = {
    {DType::f64, "f64", 8},      {DType::f32, "f32", 4}, {DType::f16, "f16", 2}, {DType::bf16, "bf16", 2},
    {DType::i64, "i64", 8},      {DType::i32, "i32", 4}, {DType::i16, "i16", 2}, {DType::i8, "i8", 1},
    {DType::u64, "u64", 8},      {DType::u32, "u32", 4}, {DType::u16, "u16", 2}, {DType::u8, "u8", 1},
    {DType::boolean, "bool", 1},
};

constexpr std::string_view kRoles[] = {"plain", "mask", "packed", "bounds", "rows"};
}  // namespace

size_t size_of(DType type) { return kTypes[static_cast<size_t>(type)].size; }
std::string_view to_string(DType type) { return kTypes[static_cast<size_t>(type)].name; }

DType parse_dtype(std::string_view name) {
  for (const TypeName& t : kTypes)
    if (t.name == name) return t.type;
  fail(ErrorCode::invalid_argument, name, "use one of f64 f32 f16 bf16 i64 i32 i16 i8 u64 u32 u16 u8 bool",
       "unknown element type");
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
