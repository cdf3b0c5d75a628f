#include "kernels/cpu/pool/pool_impl.h"
