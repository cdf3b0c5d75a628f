#pragma once
#include "lathe/error.h"

namespace lathe::cli {

/// The same error with the program's options where the library speaks of its functions and fields.
Error in_program_words(const Error& error);

}  // namespace lathe::cli
