#include "kernels/cpu/copy/copy_impl.h"
