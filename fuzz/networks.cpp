#include "fuzz/networks.h"

namespace lathe::fuzz {

const std::vector<std::string>& networks() {
  static const std::vector<std::string> list = {// Packed tokens, as a caller gives them.
                                                R"net(input %x: f32[n, 8]
input %bounds: i32[b + 1]
input %places: i32[n] = positions
constant %t: f32[7, 8] = random
%e.out: f32[n, 8] = embedding (%t, %places)
%s.out: f32[n, 8] = binary (%x, %e.out)
%a.out: f32[n, 8] = attention(heads=2, scale=0.5, mask=packed) (%s.out, %x, %x, %bounds)
%m.out: f32[b, 8] = sequence_pool(mode=mean, packed=true) (%a.out, %bounds)
%f.out: f32[b, 8] = sequence_pool(mode=max, packed=true) (%a.out, %bounds)
%k.out: f32[b, 8] = sequence_pool(mode=keep, packed=true) (%m.out, %bounds)
output y = %a.out
output mean = %m.out
output max = %f.out on_demand
output kept = %k.out on_demand
)net",
                                                // Counted from a mask, with ways in.
                                                R"net(input %mask: i32[batch, seq] = ones
input %ids: i32[batch, seq]
constant %t: f32[9, 8] = random
constant %g: f32[8] = random
constant %h: f32[8] = random
%flat.out: i32[batch*seq] = reshape(shape=[batch*seq]) (%ids)
%index: i32[tokens], %bounds: i32[batch + 1] = pack_index (%mask) @pack
%rows.out: i32[tokens] = gather (%flat.out, %index)
%e.out: f32[tokens, 8] = embedding(norm=true, epsilon=1e-05) (%t, %rows.out, %g, %h)
%a.out: f32[tokens, 8] = attention(heads=4, mask=packed, causal=true) (%e.out, %e.out, %e.out, %bounds)
%n.out: f32[tokens, 8] = layer_norm(residual=true) (%a.out, %e.out, %g, %h)
%u.out: f32[batch, seq, 8] = unpack_rows(leading=[batch, seq]) (%n.out, %index)
%p.out: f32[batch, 8] = sequence_pool(mode=weighted_mean, packed=true) (%n.out, %bounds)
output hidden = %u.out
output pooled = %p.out
output packed.hidden = %n.out on_demand
entry packed.ids = %rows.out required
entry cu_seqlens = %bounds required
)net",
                                                // Padded attention, products with weights, columns of one product.
                                                R"net(input %x: f32[batch, seq, 8]
input %mask: i32[batch, seq] = ones
constant %w: f32[24, 8] = random
constant %b: f32[24] = random
constant %v: f32[8, 8] = random
constant %c: f32[8] = random
constant %g: f32[8] = random
%qkv.out: f32[batch, seq, 24] = linear(epilogue=bias, transposed=true) (%x, %w, %b)
%q.out: f32[batch, seq, 8] = slice(start=[0, 0, 0], size=[batch, seq, 8]) (%qkv.out)
%k.out: f32[batch, seq, 8] = slice(start=[0, 0, 8], size=[batch, seq, 8]) (%qkv.out)
%z.out: f32[batch, seq, 8] = slice(start=[0, 0, 16], size=[batch, seq, 8]) (%qkv.out)
%a.out: f32[batch, seq, 8] = attention(heads=2, scale=0.5, mask=keys, window_left=2) (%q.out, %k.out, %z.out, %mask)
%o.out: f32[batch, seq, 8] = linear(epilogue="bias+gelu+residual+layer_norm(1e-12)") (%a.out, %v, %c, %x, %g, %c)
%first.out: f32[batch, 8] = sequence_pool(mode=first) (%o.out, %mask)
output y = %o.out
output first = %first.out
)net",
                                                // Plain ops of an exporter.
                                                R"net(input %x: f32[n, m]
input %i: i32[k]
constant %half: f32[] = [0.5]
%t.out: f32[m, n] = transpose(perm=[1, 0]) (%x)
%p.out: f32[n, n] = matmul (%x, %t.out)
%s.out: f32[n, n] = softmax (%p.out)
%h.out: f32[n, n] = binary(kind=mul) (%s.out, %half)
%r.out: f32[n, 1] = reduce(kind=max, axes=[-1]) (%h.out)
%d.out: f32[n, n] = binary(kind=div) (%h.out, %r.out)
%u.out: f32[n, n] = unary(kind=exp) (%d.out)
%c.out: f32[2*n, n] = concat(axis=0) (%u.out, %d.out)
%g.out: f32[k, n] = gather (%c.out, %i)
%cast.out: i32[k, n] = cast(to=i32) (%g.out)
output y = %g.out
output z = %cast.out
output x = %x
)net",
                                                // Shapes of attributes, other axes and types, names of one value.
                                                R"net(input %x: bf16[n, 2, 3]
constant %w: f32[6, 4] = random
%c.out: f32[n, 2, 3] = cast(to=f32) (%x)
%f.out: f32[n, 6] = reshape(shape=[n, 6]) (%c.out)
%l.out: f32[n, 4] = linear (%f.out, %w)
%a.out: f32[n, 4] = activation(kind=gelu_tanh) (%l.out)
%s.out: f32[n, 2] = slice(start=[0, 1], size=[n, 2]) (%a.out)
%e.out: f32[n, 2] = unary(kind=sqrt) (%s.out)
%b.out: f32[n, 1] = slice(start=[0, 3], size=[n, 1], stride=[1, -2]) (%a.out)
%o.out: f32[n, 3] = concat(axis=-1) (%e.out, %b.out)
%r.out: f32[3] = reduce(axes=[0], keep_dims=false, kind=mean) (%o.out)
%z.out: f32[n, 4] = fill(shape=[n, 4], start=1, step=0.25) ()
%q.out: f32[n, 4] = binary(kind=pow) (%a.out, %z.out)
output o = %o.out
output flat = %f.out
output cast = %c.out
output again = %c.out
output r = %r.out
output q = %q.out
)net",
                                                // Blocks: a choice within a loop that carries and stacks.
                                                R"net(input %few: u8[]
input %flag: bool[]
input %x: f32[n, 4]
constant %w: f32[4, 4] = random
%trips.out: i64[] = cast(to=i64) (%few)
%y: f32[n, 4], %z: f32[n, 4], %all: f32[iterations, n] = loop(carried=2, results=[f32[n, 4], f32[n, 4], f32[iterations, n]], most=[3]) (%trips.out, %flag, %x, %x, %w, %x) @loop
block
  input %i: i64[]
  input %y: f32[n, 4]
  input %z: f32[n, 4]
  input %w: f32[4, 4]
  input %x: f32[n, 4]
  %go.out: bool[] = cast(to=bool) (%i)
  %p.out: f32[n, 4] = matmul (%y, %w)
  %c: f32[n, 4], %s: f32[n] = if(results=[f32[n, 4], f32[n]]) (%go.out, %p.out, %x) @choice
  block
    input %p: f32[n, 4]
    input %x: f32[n, 4]
    %sum.out: f32[n, 4] = binary(kind=add) (%p, %x)
    %r.out: f32[n] = reduce(kind=sum, axes=[1], keep_dims=false) (%sum.out)
    output c = %sum.out
    output s = %r.out
  end
  block
    input %p: f32[n, 4]
    input %x: f32[n, 4]
    %r.out: f32[n] = reduce(kind=max, axes=[1], keep_dims=false) (%x)
    output c = %p
    output s = %r.out
  end
  constant %yes: bool[] = 0x01
  output going = %yes
  output y = %z
  output z = %c
  output all = %s
end
output y = %y
output z = %z
output all = %all
)net",
                                                // Sizes computed from shapes, symbols that an input and a run find.
                                                R"net(input %x: f32[n, 6]
input %like: f32[m, 2]
input %p: f32[k, 3]
constant %zero: i64[1] = [0]
constant %tail: i64[2] = [2, 3]
%shape.out: i64[2] = shape (%x)
%n.out: i64[1] = gather (%shape.out, %zero)
%all.out: i64[3] = concat (%n.out, %tail)
%r.out: f32[n, 2, 3] = reshape (%x, %all.out)
%q.out: f32[n, 3, 3] = expand(shape=[n, 3, 3]) (%p)
%first.out: f32[n, 2] = slice(start=[0, 4], size=[n, 2]) (%x)
%w.out: f32[n, 2, 3] = matmul (%r.out, %q.out)
%q2.out: f32[m, 2] = binary(kind=add) (%like, %first.out)
output w = %w.out
output q = %q2.out
)net",
                                                R"net(input %x: f32[n, m]
input %like: f32[k, 2]
input %b: f32[j]
input %v: f32[j]
%r.out: f32[k, 2] = reshape(shape=[k, 2]) (%x)
%y.out: f32[k, 2] = binary(kind=mul) (%r.out, %like)
%places.out: i64[1, count] = non_zero (%v)
%flat.out: i64[count] = reshape(shape=[count]) (%places.out)
%values.out: f32[count] = gather (%v, %flat.out)
%sum.out: f32[count] = binary (%values.out, %b)
%last.out: f32[1, 2] = slice(start=[k - 1, 0], size=[1, 2]) (%like)
%wide.out: f32[k + m, 3] = pad(before=[m, 0], after=[0, 1], value=2) (%like)
%grid.out: f32[count, j] = expand(shape=[count, j]) (%b)
%steps.out: i64[k] = range(start=[m], limit=[m + k]) ()
%sizes.out: i64[2] = shape (%like)
output y = %y.out
output sum = %sum.out
output last = %last.out
output wide = %wide.out
output grid = %grid.out on_demand
output steps = %steps.out
output sizes = %sizes.out
)net",
                                                // Sizes that are elements of inputs, of any sign and as sizes.
                                                R"net(input %x: f32[n, m]
input %shape: i64[3] elements [$shape.0, $shape.1, $shape.2]
input %from: i32[1] elements [$from.0]
input %k: i64[] elements [k.0]
%r.out: f32[r.0, r.1, r.2] = reshape(shape=[r.0, r.1, r.2]) (%x)
%s.out: f32[s.0, m] = slice(start=[max(0, min(n, $from.0)), 0], size=[s.0, m]) (%x)
%e.out: f32[k.0, s.0, m] = expand(shape=[k.0, s.0, m]) (%s.out)
%w.out: f32[n + $from.0, m] = pad(before=[$from.0, 0], after=[0, 0]) (%x)
%t.out0: f32[k.0, m], %t.out1: i64[k.0, m] = top_k(axis=0, k=[k.0]) (%x)
%p.out: i64[max($shape.1 - $shape.0, 0)] = range(start=[$shape.0], limit=[$shape.1]) ()
size r.0 = max($shape.0, 0) by r
size r.1 = max($shape.1, 0) by r
size r.2 = floordiv(n*m, max(max($shape.0, 0)*max($shape.1, 0), 1)) + min($shape.2, 0) + 1 by r
size s.0 = max(n - max(0, min(n, $from.0)), 0) by s
output r = %r.out
output e = %e.out
output w = %w.out
output t = %t.out0
output p = %p.out
)net"};
  return list;
}

}  // namespace lathe::fuzz
