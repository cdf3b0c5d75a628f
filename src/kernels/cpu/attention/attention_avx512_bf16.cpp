#include "kernels/cpu/attention/attention_bf16_impl.h"
