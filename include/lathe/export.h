#pragma once
/// Marks the names that liblathe.so shows; all others stay inside.
#if defined(__GNUC__)
#define LATHE_API __attribute__((visibility("default")))
#else
#define LATHE_API
#endif
