#pragma once
#if !defined(__cplusplus) || __cplusplus < 202002L
#error "Lathe's headers are C++20: compile with -std=c++20"
#endif
/// Marks the names that liblathe.so shows; all others stay inside.
#if defined(__GNUC__)
#define LATHE_API __attribute__((visibility("default")))
#else
#define LATHE_API
#endif
