#include "kernels/cpu/attention/attention_amx_impl.h"
