#include "kernels/cpu/fold/fold_impl.h"
