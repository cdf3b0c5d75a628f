#include "kernels/cpu/layernorm/layernorm_impl.h"
