#include "kernels/cpu/lines/lines_impl.h"
