#pragma once
/// What networks are made of: a function a kind of layer, which adds it where its operands are and gives its results.
/// Elements broadcast as in numpy; negative axes count from the end; tensors without elements and scalars are tensors.
/// Errors come from the call that makes them, with the types seen: Error(shape_mismatch) for operands that do not fit,
/// Error(invalid_argument) for attributes that do not or tensors of other networks, Error(unsupported) for what Lathe
/// does not do.
#include "lathe/layers/activation.h"
#include "lathe/layers/control.h"
#include "lathe/layers/elementwise.h"
#include "lathe/layers/fill.h"
#include "lathe/layers/indices.h"
#include "lathe/layers/normalization.h"
#include "lathe/layers/products.h"
#include "lathe/layers/quantization.h"
#include "lathe/layers/recurrent.h"
#include "lathe/layers/reduction.h"
#include "lathe/layers/resize.h"
#include "lathe/layers/shape.h"
#include "lathe/layers/slice.h"
#include "lathe/layers/windows.h"
