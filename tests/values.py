"""Programs of a line that end in ``r``, a value or an error, by topic. tests/test_values.py holds them to PyTorch's.

They see ``torch``, ``inf``, ``nan``, ``t``, which is ``torch.tensor``, and ``whole``, a tensor in every integer dtype.
Add yours beside its kin, then run tests/golden_values.py.
"""
from __future__ import annotations

from errors import masked

TOPICS = {
    "limits": """
r = torch.arange(1, 5, 0.5, dtype=torch.int64)
r = torch.arange(0, 5, nan)
r = torch.arange(0, 1e30, dtype=torch.int64)
r = torch.arange(0., 5., 0.5, dtype=torch.int32)
r = torch.zeros(()).unflatten(0, (1, 1))
r = torch.bincount(t([2**63 - 1]))
r = torch.bincount(torch.empty(0, dtype=torch.int64), torch.ones(3))
r = torch.bincount(torch.empty(0, dtype=torch.int64), torch.ones(0), minlength=3)
r = torch.where(t([True]), 1e300, 0.)
r = torch.where(t([True]), 1e300, torch.ones(1).half())
r = torch.where(t([True]), 1e300, torch.ones(1))
r = torch.heaviside(t([nan, 0., -0., 2., -2.]), t([5.]))
r = torch.linspace(100, 1000, 0, dtype=torch.int8)
x = t([0., -0., 5e-324, 3e-310, 1., 1e200, 1.7e308, inf, -inf, nan]).double(); r = torch.hypot(x[:, None], x)
x = torch.arange(-1, 1.01, 0.125).double(); r = x.erfinv(), (x * 6.5).erf()
r = t([1 - 2**-53, 1 - 2**-20, 1e-300, -0., 1.5, nan]).double().erfinv()
r = torch.tril_indices(2**40, 0)
r = torch.tril_indices(3, 4, 1), torch.tril_indices(5, 2, -1), torch.tril_indices(2, 3, -4), torch.tril_indices(2, 3, 9)
r = torch.triu_indices(3, 4, 1), torch.triu_indices(5, 2, -1), torch.triu_indices(2, 3, -4), torch.triu_indices(2, 3, 9)
r = torch.tril_indices(0, 3, 1), torch.triu_indices(3, 0, 1)
r = torch.zeros(0, 1).expand(0, 5).add_(1)
r = 70000. * torch.full((2,), .5).half()
r = 1e10 * torch.full((4,), 1e-7).half(), 2**31 * torch.zeros(4).half()
x = torch.full((5,), -2.); r = x.clamp_(torch.ones(5), x)
x = torch.full((5,), -5.); y = torch.ones(5); r = torch.clamp(y, y * 3, x, out=x)
x = torch.full((5,), -5.); y = torch.ones(5); r = torch.clamp(y, x, y * 3, out=x)
r = t([1, 5, 9]).clamp(t([2, 2, 2]), t([4, 1, 20])), t([nan, 1.]).clamp(t([2., nan]), t([3., 3.]))
r = torch.nn.BatchNorm1d(3)(torch.ones(2, 3).double())
r = torch.nn.BatchNorm1d(3).double()(torch.ones(2, 3))
r = torch.nn.BatchNorm1d(3).eval()(torch.ones(2, 3).double())
r = torch.nn.BatchNorm1d(3).bfloat16()(torch.ones(2, 3).half())
r = torch.nn.BatchNorm1d(3).eval()(torch.ones(2, 3).half())
""",
    "memory": r"""
x = torch.ones(3, requires_grad=True); y = x * 2; y[:2].mul_(3); y.sum().backward(); r = x.grad, y.grad_fn.name()
x = torch.ones(3, requires_grad=True); y = x // 2; r = y.grad_fn.name()
x = torch.zeros(3).expand(2, 3); x.fill_(5); r = x
x = torch.zeros(1).expand(4); x.zero_(); r = x
x = torch.ones(1).expand(4); x.fill_(t(2.)); r = x
x = torch.ones(1, requires_grad=True); y = (x*2).expand(4); y.fill_(3.); y.sum().backward(); r = (y, x.grad)
x = torch.ones(4).unfold(0, 2, 1); x.fill_(3); r = x
x = torch.ones(1).expand(4); x.copy_(t([1., 2, 3, 4])); r = x
x = torch.ones(1).expand(4); x.add_(1); r = x
x = torch.ones(1).expand(4); x[0]=3; r = x
x = torch.ones(1).expand(4); x[:]=3; r = x
x = torch.ones(1).expand(4); x.uniform_(); r = x.shape
x = torch.ones(1).expand(4); x.scatter_(0, t([0]), 3.); r = x
x = torch.ones(1).expand(4); x.index_add_(0, t([0]), torch.ones(1)); r = x
x = torch.ones(1).expand(4); x.index_copy_(0, t([0]), torch.ones(1)); r = x
x = torch.ones(1).expand(4); x.zero_(); r = x
x = torch.ones(1).expand(2, 2); x.fill_diagonal_(4); r = x
x = torch.ones(1).expand(4); x.clamp_(0, 0.5); r = x
r = torch.softmax(torch.empty(0, dtype=torch.int64), 0)
r = torch.softmax(torch.empty(0, 3, dtype=torch.int64), 1)
r = torch.log_softmax(torch.empty(0, dtype=torch.int64), 0)
r = torch.softmax(t([1, 2]), 0)
r = torch.softmax(torch.empty(0, dtype=torch.bool), 0)
r = torch.nn.functional.softmin(torch.empty(0, dtype=torch.int64), 0)
r = torch.empty(0, 3).index_add(0, t([0]), torch.ones(1, 3))
r = torch.empty(0, 3).index_add(0, t([], dtype=torch.int64), torch.ones(0, 3))
r = torch.empty(0).index_add(0, t([0]), torch.ones(1))
r = torch.empty(3, 0).index_add(0, t([0]), torch.ones(1, 0))
r = torch.empty(3, 0).index_add(0, t([5]), torch.ones(1, 0))
r = torch.empty(3, 0).index_copy(0, t([5]), torch.ones(1, 0))
r = torch.empty(3, 0).index_fill(0, t([5]), 1.)
r = torch.empty(0, 3).index_select(0, t([0]))
r = torch.empty(3, 0).index_select(0, t([5]))
r = torch.empty(3, 0).index_select(0, t([1]))
r = torch.empty(0).index_select(0, t([0]))
r = torch.empty(3, 0).index_select(1, t([0]))
r = torch.empty(0).index_select(0, t([], dtype=torch.int64))
x = torch.arange(4.); x[1:].addcmul_(x[:-1], x[:-1]); r = x
x = torch.arange(4.); x[1:].addcdiv_(x[:-1], x[:-1]); r = x
x = torch.arange(4.); x[1:].lerp_(x[:-1], 0.5); r = x
x = torch.arange(4.); x[1:].add_(x[:-1]); r = x
x = torch.arange(4.); x.index_add_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x.index_copy_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x[1:].index_add_(0, t([0, 1, 2]), x[:-1]); r = x
x = torch.arange(4.); x[1:].index_copy_(0, t([0, 1, 2]), x[:-1]); r = x
x = torch.arange(4.); x.scatter_add_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x.scatter_(0, t([0, 1, 2, 3]), x); r = x
x = torch.arange(4.); x[1:].scatter_(0, t([0, 1, 2]), x[:-1]); r = x
x = torch.arange(4.); x.index_put_((t([0, 1]),), x[1:3]); r = x
x = torch.arange(4.); x.index_put_((t([0, 1, 2, 3]),), x); r = x
x = torch.arange(4.); x[t([0, 1, 2, 3])]=x; r = x
x = torch.arange(4.); x[t([0, 1])]=x[1:3]; r = x
x = torch.arange(4); x.scatter_add_(0, x, x); r = x
x = torch.arange(4); x.index_add_(0, x, t([1, 1, 1, 1])); r = x
x = torch.arange(4); x.index_fill_(0, x, 7); r = x
x = torch.arange(4); x.index_copy_(0, x, t([1, 1, 1, 1])); r = x
x = torch.arange(4); x.index_put_((x,), t([1, 1, 1, 1])); r = x
x = torch.arange(4); x.scatter_(0, x, 7); r = x
x = torch.arange(4.); x.scatter_reduce_(0, t([0, 1, 2, 3]), x, 'sum'); r = x
x = torch.arange(4.); x.index_reduce_(0, t([0, 1, 2, 3]), x, 'prod'); r = x
x = torch.arange(4.); x.copy_(x.flip(0)); r = x
x = torch.arange(4.).view(2, 2); x.copy_(x.t()); r = x
x = torch.arange(4.).view(2, 2); x.add_(x.t()); r = x
x = torch.arange(4.).view(2, 2); x.addcmul_(x.t(), x); r = x
x = torch.arange(4.).view(2, 2); torch.add(x, 1, out=x.t()); r = x
x = torch.arange(4.); x.add_(x[0]); r = x
x = torch.arange(4.); x.mul_(x[1]); r = x
x = torch.arange(4.); x[0].add_(x[1]); r = x
x = torch.arange(4.); x.lerp_(x[1:], x[1:]); r = x
x = torch.arange(4.); x[1:].lerp_(x[:-1], torch.ones(3)); r = x
x = torch.arange(4.); x[1:].copy_(x[:-1]); r = x
x = torch.arange(4.); x.addcmul_(x, x); r = x
x = torch.arange(4.); x.put_(t([0, 1]), x[1:3]); r = x
x = torch.arange(4); x.put_(x, t([1, 2, 3, 4])); r = x
x = torch.arange(4.); x.masked_scatter_(x>1, x); r = x
x = torch.arange(4.); x.clamp_(x[1], x[2]); r = x
x = torch.arange(4.); x[1:].clamp_(x[:-1]); r = x
x = torch.arange(4.); x[1:].pow_(x[:-1]); r = x
x = torch.arange(4.); x[1:].atan2_(x[:-1]); r = x
x = torch.arange(4.); x[1:].copysign_(x[:-1]); r = x
x = torch.arange(4); x[1:].bitwise_and_(x[:-1]); r = x
x = torch.arange(4); x[1:].gcd_(x[:-1]); r = x
x = torch.arange(4.); x[1:].lt_(x[:-1]); r = x
x = torch.arange(4.); x[1:].logical_and_(x[:-1]); r = x
x = torch.arange(4.); x[1:].where(x[:-1]>1, x[1:]); r = x
x = torch.arange(4.); torch.add(x[1:], 1, out=x[:-1]); r = x
x = torch.arange(4.); torch.exp(x[1:], out=x[:-1]); r = x
x = torch.arange(4.); torch.addcmul(x[1:], x[1:], x[1:], out=x[:-1]); r = x
x = torch.arange(4.); torch.sum(x, 0, keepdim=True, out=x[:1]); r = x
x = torch.arange(4.); torch.gather(x, 0, t([1, 0]), out=x[:2]); r = x
x = torch.arange(4.); torch.index_select(x, 0, t([1, 0]), out=x[:2]); r = x
x = torch.arange(4.); torch.cat([x[:2], x[2:]], out=x); r = x
x = torch.arange(4.); torch.take(x, t([1, 0]), out=x[:2]); r = x
x = torch.arange(4.); torch.where(x>1, x, x.flip(0), out=x); r = x
x = torch.arange(4.); torch.sort(x, out=(x, torch.empty(4, dtype=torch.int64))); r = x
x = torch.arange(4.); x.cumsum_(0); r = x
""",
    "assignment and conversion": r"""
x = torch.zeros(2, 3, dtype=torch.int64); x[True]=5.7; r = x
x = torch.zeros(2, 3, dtype=torch.int64); x[True]=t([1.5, 2, 3]); r = x
x = torch.zeros(2, 3, dtype=torch.int64); x[False]=t([1.5, 2, 3]); r = x
x = torch.zeros(2, 3, dtype=torch.int64); x[False]=t([1.5, 2, 3, 4, 5]); r = x
x = torch.zeros(2, 3); x[True]=t([1.5, 2, 3, 4]); r = x
x = torch.zeros(2, 3); x[True]=torch.ones(1, 1, 2, 3); r = x
x = torch.zeros(2, 3); x[True]=torch.ones(3, 2, 3); r = x
x = torch.zeros(2, 3); x[False]=7; r = x
x = torch.zeros(2, 3); x[True, 0]=t([1, 2, 3]); r = x
x = torch.zeros(2, 3); x[False, 0]=t([1, 2, 3]); r = x
x = torch.zeros(2, 3); x[0, True]=5; r = x
x = torch.zeros(2, 3); x[t(True)]=t([1, 2, 3]); r = x
x = torch.zeros(2, 3); x[t(True)]=t([1., 2, 3]); r = x
x = torch.zeros(2, 3); x[t(False)]=t([1., 2, 3]); r = x
x = torch.zeros(2, 3); x[t(False)]=t(1); r = x
x = torch.zeros(2, 3); x[None]=t([1, 2, 3]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t([1, 2]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t([1., 2]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t([1]); r = x
x = torch.zeros(3); x[t([True, False, True])]=t(1); r = x
x = torch.zeros(3, dtype=torch.int8); x[t([True, False, True])]=t(300); r = x
x = torch.zeros(3, dtype=torch.int8); x[t([True, False, True])]=t(3.7); r = x
x = torch.zeros(3, dtype=torch.int8); x[t([True, False, True])]=t([3.7]); r = x
x = torch.zeros(3, 3, dtype=torch.int8); x[t([True, False, True]), t([True, False, True])]=t([3.7]); r = x
x = torch.zeros(3, 3, dtype=torch.int8); x[t([True, False, True]), :]=t([3.7]); r = x
x = torch.zeros(3, 3, dtype=torch.int8); x[:, t([True, False, True])]=t(300); r = x
x = torch.zeros(3, 3); x[t([True, False, True])]=t(3); r = x
x = torch.zeros(3, 3); x[t([True, False, True])]=t([3]); r = x
x = torch.zeros(3, 3); x[t([True, False, True])]=t([[3]]); r = x
x = torch.zeros(3, 3); x[t([True, False, True]), 0]=t([3]); r = x
x = torch.zeros(3, 3); x[t([True, False, True]), 0]=t([3, 4]); r = x
x = torch.zeros(3, 3); x[t([0, 1])]=t(3); r = x
x = torch.zeros(3, 3); x[t([0, 1])]=t([3]); r = x
x = torch.zeros(3, 3); x[t([0, 1])]=3; r = x
x = torch.zeros(3, 3); x[t([0, 1]), t([True, False, True])]=t(3); r = x
x = torch.zeros(3); x.index_put_((t([True, False, True]),), t([1, 2])); r = x
x = torch.zeros(3); x.index_put_((t([True, False, True]),), t(1)); r = x
x = torch.zeros(3); x.index_put_((t([True, False, True]),), t(1), accumulate=True); r = x
x = torch.zeros(3); x.index_put_((t([0, 1]),), t(1)); r = x
x = torch.zeros(3); r = x.index_put((t([0, 1]),), t(1.))
x = torch.zeros(3); x[t([True, False])]=1; r = x
x = torch.zeros(3); x[t([True, False, False, True])]=1.; r = x
x = torch.zeros(3); x[t([1, 0, 1], dtype=torch.uint8)]=t([1, 2]); r = x
x = torch.zeros(3); x.masked_scatter_(t([True, False, True]), t([1, 2])); r = x
r = torch.take_along_dim(t(5.), t(0), 0)
r = torch.take_along_dim(t(5.), t(0))
r = torch.take_along_dim(t([5., 6]), t(0))
r = torch.take_along_dim(t([5., 6]), t(1), 0)
r = torch.take_along_dim(t(5.), t([0]), 0)
r = torch.take_along_dim(t(5.), t([0]))
r = torch.take_along_dim(t([[5., 6]]), t([[1]]), 1)
r = t([True, False]).index_reduce(0, t([0]), t([True]), 'amax')
r = t([True, False]).index_reduce(0, t([0]), t([False]), 'prod')
r = t([True, False]).index_reduce(0, t([0]), t([False]), 'amin')
r = t([True, False]).index_reduce(0, t([0]), t([False]), 'mean')
r = t([True, True]).index_reduce(0, t([0, 1]), t([False, True]), 'amin', include_self=False)
r = t([1, 2]).index_reduce(0, t([0, 0]), t([3, 4]), 'mean')
x = t([1, 2]); x<<=1; r = x
x = t([1, 2]); x<<=t([1, 2]); r = x
x = t([8, -8]); x>>=1; r = x
x = t([1, 2]); r = x.__ilshift__(1)
x = t([1, 2]); r = x.__irshift__(t(1))
x = t([1, 2]); r = x.__lshift__(1)
x = t([1, 2]); r = x.__rshift__(1)
x = t([1, 2]); r = x.__rlshift__(1)
x = t([1, 2]); r = x.__rrshift__(1)
x = t([1., 2]); x<<=1; r = x
x = t([1., 2]); r = x<<1
x = t([True]); r = x<<1
x = t([1, 2]); r = 2<<x
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.uint8)
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.int8)
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.int16)
x = t([4294967301.], dtype=torch.float64); r = x.to(torch.int32)
x = t([4294967301.]); r = x.to(torch.uint8)
x = t([4294967301.]); r = x.to(torch.int16)
x = t([4294967301.]); r = x.to(torch.int32)
x = t([65536*65536*3+512.]); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, 2147483648., -2147483649., 300.7, -300.7, nan, inf, -inf, 1e19, -1e19, 1e30]); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, 2147483648., -2147483649., 300.7, nan, inf, -inf, 1e19, -1e19, 1e30], dtype=torch.float64); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, nan, inf, 300., -300]*4).to(torch.bfloat16); r = whole(x)
x = t([3e4, -3e4, 6e4, nan, inf, 300., -300]*4).to(torch.float16); r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, nan, inf, -300.], dtype=torch.float64)[::2]; r = whole(x)
x = t([3e9, -3e9, 1e10, -1e10, nan, inf, -300.])[::2]; r = whole(x)
""",
    "indices": r"""
o = torch.empty(2, dtype=torch.int32); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.float32); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.bool); torch.bitwise_not(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.bitwise_not(t([1, 2], dtype=torch.int8), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.neg(t([1, 2], dtype=torch.int8), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.neg(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.logical_not(t([1, 0], dtype=torch.int8), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.abs(t([1, 2]), out=o); r = o
o = torch.empty(2, dtype=torch.float64); torch.exp(t([1., 2]), out=o); r = o
o = torch.empty(2, dtype=torch.float16); torch.exp(t([1., 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int64); torch.exp(t([1., 2]), out=o); r = o
o = torch.empty(2, dtype=torch.int8); torch.add(t([1, 2]), t([1, 2]), out=o); r = o
r = t([1., 2, 3])[t([1], dtype=torch.int8)]
r = t([1., 2, 3])[t([1], dtype=torch.int16)]
r = t([1., 2, 3])[t([1], dtype=torch.int32)]
r = t([1., 2, 3])[t(1, dtype=torch.int8)]
r = t([1., 2, 3])[t(1, dtype=torch.int16)]
r = t([1., 2, 3])[t(1, dtype=torch.uint8)]
r = t([1., 2, 3])[t([1.])]
x = t([1., 2, 3]); x[t([1], dtype=torch.int8)]=5; r = x
x = t([1., 2, 3]); x[t([1], dtype=torch.int16)]=5; r = x
x = t([1., 2, 3]); x.index_put_((t([1], dtype=torch.int16),), t(5.)); r = x
r = t([1., 2, 3]).index_select(0, t([1], dtype=torch.int16))
r = t([1., 2, 3]).index_add(0, t([1], dtype=torch.int16), torch.ones(1))
r = t([1., 2, 3]).index_copy(0, t([1], dtype=torch.int16), torch.ones(1))
r = t([1., 2, 3]).index_copy(0, t([1], dtype=torch.int32), torch.ones(1))
r = t([1., 2, 3]).index_fill(0, t([1], dtype=torch.int16), 1)
r = t([1., 2, 3]).index_fill(0, t([1], dtype=torch.int32), 1)
r = t([1., 2, 3]).gather(0, t([1], dtype=torch.int16))
r = t([1., 2, 3]).scatter(0, t([1], dtype=torch.int16), 1)
r = t([1., 2, 3]).scatter_add(0, t([1], dtype=torch.int16), torch.ones(1))
r = t([1., 2, 3]).scatter_reduce(0, t([1], dtype=torch.int16), torch.ones(1), 'sum')
r = t([1., 2, 3]).index_reduce(0, t([1], dtype=torch.int16), torch.ones(1), 'prod')
r = t([1., 2, 3]).take(t([1], dtype=torch.int32))
r = torch.take_along_dim(t([1., 2, 3]), t([1], dtype=torch.int32), 0)
r = torch.nn.functional.embedding(t([1], dtype=torch.int16), torch.ones(3, 3))
r = torch.nn.functional.one_hot(t([1], dtype=torch.int32))
r = torch.nn.functional.cross_entropy(torch.ones(1, 3), t([1], dtype=torch.int32))
r = torch.nn.functional.batch_norm(torch.ones(3), torch.zeros(3), torch.ones(3), training=True)
r = torch.nn.functional.batch_norm(torch.ones(3), torch.zeros(3), torch.ones(3))
r = torch.nn.functional.batch_norm(torch.ones(()), None, None, training=True)
r = torch.nn.BatchNorm1d(3)(torch.ones(3))
r = torch.batch_norm(torch.ones(3), None, None, None, None, True, 0.1, 1e-5, False)
r = torch.argmin(torch.empty(0, dtype=torch.bool))
r = torch.argmax(torch.empty(0, dtype=torch.bool))
r = torch.argmin(torch.empty(0))
r = torch.argmin(t([True, False]))
r = torch.argmin(torch.empty(0, 2), 0)
r = torch.argmin(torch.empty(0, 2, dtype=torch.bool), 1)
r = torch.empty(0).amax(-1)
r = torch.empty(2, 0).amax(-1)
r = torch.empty(0).amax()
r = torch.empty(0, 2).amax(1)
r = torch.empty(0, 2).amin(-2)
r = torch.empty(0, 2).amax((0, 1))
r = torch.empty(0, 2).aminmax(dim=-2)
r = torch.empty(0).max()
r = torch.empty(2, 0).max(-1)
r = torch.empty(2, 0).median(-1)
r = torch.empty(2, 0).mode(-1)
r = torch.empty(2, 0).kthvalue(1, -1)
r = torch.empty(2, 0).argmax(-1)
r = torch.empty(2, 0).cummax(-1)
r = torch.zeros(2, 3)[:, 5]
r = torch.zeros(2, 3)[0, 5]
r = torch.zeros(2, 3)[None, :, 5]
r = torch.zeros(2, 3)[..., 5]
r = torch.zeros(2, 3)[t([0]), 5]
r = torch.zeros(2, 3)[t([0]), t([5])]
r = torch.zeros(2, 3)[:, t([5])]
r = torch.zeros(2, 3)[None, t([5])]
r = torch.zeros(2, 3)[5]
r = torch.zeros(2, 3)[t(5)]
r = torch.zeros(2, 3)[0, t(5)]
r = torch.zeros(2, 3)[0, t([5])]
r = torch.zeros(2, 3)[0][5]
r = torch.zeros(2, 3)[True, :, 5]
r = torch.zeros(2, 3, 4)[0, :, 5]
r = torch.zeros(2, 3, 4)[0, 0, 5]
r = torch.zeros(2, 3, 4)[:, [0], 5]
r = torch.zeros(2, 3, 4)[..., 0, 5, :]
r = torch.zeros(2, 3).select(1, 7)
r = torch.zeros(2, 3)[t([True, False, True])]
r = torch.zeros(2, 3)[:, t([True, False])]
r = torch.zeros(2, 3)[None, t([True, False, True])]
x = torch.zeros(2, 3); x[:, 5]=1
x = torch.zeros(2, 3); x[0, 5]=1
x = torch.zeros(2, 3); x[None, :, 5]=1
x = torch.zeros(2, 3); x[t([5])]=1
x = torch.zeros(2, 3); x[:, t([5])]=1
x = torch.zeros(2, 3); x.index_put_((t([5]),), t(1.))
r = t([1., 2, 3]).scatter_reduce(0, t([1]), torch.ones(1), 'foo')
r = t([1., 2, 3]).scatter_reduce(0, t([7]), torch.ones(1), 'sum')
r = t([1., 2, 3]).scatter_reduce(0, t([1]), t([1]), 'sum')
r = t([1., 2, 3]).scatter_reduce(0, t([1, 1, 1, 1]), t([1.]), 'sum')
r = t([1., 2, 3]).scatter_add(0, t([1]), t([1]))
r = t([1., 2, 3]).scatter_add(0, t([1.]), t([1.]))
r = t([1., 2, 3]).scatter_reduce(0, t([1.]), torch.ones(1), 'sum')
r = t([1., 2, 3]).scatter(0, t([1]), t([1.]), reduce='foo')
r = t([1., 2, 3]).scatter(0, t([1]), t([1]))
r = t([1., 2, 3]).gather(0, t([7]))
r = t([1., 2, 3]).index_add(0, t([7]), torch.ones(1))
r = t([1., 2, 3]).index_copy(0, t([7]), torch.ones(1))
r = t([1., 2, 3]).index_fill(0, t([7]), 1)
r = t([1., 2, 3]).index_reduce(0, t([7]), torch.ones(1), 'prod')
""",
    "dtypes": r"""
r = 3 / t([1, 3, 7])
r = 3.7 / t([0.7, 0.11, 9.3])
r = 3.7 / t([0.7, 0.11, 9.3], dtype=torch.float64)
r = 3.7 / t([0.7, 0.11, 9.3], dtype=torch.float16)
x = t([1.0, 3, 7], requires_grad=True); y = 3 / x; y.sum().backward(); r = y.grad_fn.name(), x.grad
x = t([0, 200], dtype=torch.uint8); x += t(300); r = x
x = torch.ones(3, dtype=torch.float16); x += torch.ones(3); r = x
r = torch.clamp_min(t([1, 5]).to(torch.uint8), t(300))
r = torch.clamp_max(t([1, 5]).to(torch.uint8), t(300))
r = torch.clamp(t([1, 5]).to(torch.uint8), t(2.5))
r = torch.clamp(t([1, 5]), max=t(2.5))
r = torch.clamp(t([1, 5]), t(2), 4)
r = torch.clamp(t([1, 5]), 2, t(4))
r = torch.clamp(t([1, 5]), t(2), t(4))
r = torch.clamp(t([1, 5]))
r = torch.clamp(t([1, 5]), "a")
r = torch.clamp(t([1., 5], requires_grad=True), t(2), t(4)).grad_fn.name()
r = torch.clamp_min(t([1., 5], requires_grad=True), t(2)).grad_fn.name()
r = torch.isin(t([1, 5]).to(torch.uint8), t(257))
r = torch.lerp(t([1., 2]), t([1., 2]), t(1))
r = torch.lerp(t([1., 2]), t([1., 2]), t([1, 2]))
r = torch.lerp(t([1., 2]), t([1., 2]), t(1., dtype=torch.float64))
r = torch.lerp(t([1., 2]), t([1., 2]), t([1., 1.], dtype=torch.float64))
r = torch.lerp(t([1., 2]), t([1, 2]), t([1., 1.]))
r = torch.lerp(t([1., 2]), t(1,), 0.5)
r = torch.lerp(t([1., 2]), t(1., dtype=torch.float64), 0.5)
r = torch.lerp(t([1, 2]), t([1., 2]), 0.5)
r = torch.lerp(t([1, 2]), t([1, 2]), 0.5)
r = torch.lerp(t([1, 2]), t([1, 2]), t([1, 2]))
r = torch.lerp(t([1., 2]), t([1., 2]).double(), 0.5)
r = torch.lerp(t([1., 2]), t([1., 2]), True)
r = torch.lerp(t([1., 2]).half(), t([1., 2]).half(), t([1., 2]))
r = torch.lerp(t([1., 2]).half(), t([1., 2]).half(), t(0.3))
r = t([1., 2]).lerp_(t([1., 2]), t([1, 2]))
r = torch.addcdiv(t([1., 2]), t([1, 2]), t([1., 2]))
r = torch.addcdiv(t([1., 2]), t([1., 2]), t([1, 2]))
r = torch.addcdiv(t([1., 2]), t([1, 2]), t([1, 2]))
r = torch.addcdiv(t([1, 2]), t([1., 2]), t([1, 2]))
r = torch.addcdiv(t([1., 2]), t([1., 2]).double(), t([1., 2]))
r = torch.addcdiv(t([1., 2]), t([1., 2]), t([1., 2]).double())
r = torch.addcdiv(t([1., 2]).half(), t([1., 2]), t([1., 2]).double())
r = torch.addcdiv(t([1., 2]).half(), t([1., 2]).bfloat16(), t([1., 2]).bfloat16())
r = torch.addcdiv(t([1., 2]), t(1), t(2.))
r = torch.addcdiv(t([1., 2]), t(1), t(2))
r = torch.addcdiv(t([1., 2]), t([True, True]), t([1., 2]))
r = torch.addcmul(t([1., 2]), t([1, 2]), t([1., 2]))
r = torch.addcmul(t([1, 2]), t([1, 2]), t([1, 2]), value=2.7)
r = torch.addcmul(t([1, 2]), t([1, 2]), t([1, 2]), value=True)
r = torch.addcmul(t([1, 2]), t([1., 2]), t([1, 2]), value=2)
r = torch.addcmul(t([1., 2]), t([1., 2]).double(), t([1., 2]))
r = torch.addcmul(t([1., 2]).half(), t([1., 2]).bfloat16(), t([1., 2]).bfloat16())
r = torch.addcmul(t([True, False]), t([True, False]), t([True, False]))
r = torch.addcmul(t([1, 2]), t([1, 2]), t([True, False]))
r = t([1, 2]).addcmul_(t([1, 2]), t([1, 2]), value=2.7)
r = t([1, 2]).addcmul_(t([1., 2]), t([1, 2]), value=2.7)
r = t([1, 2]).addcdiv_(t([1., 2]), t([1, 2]), value=2.7)
""",
    "nan": r"""
x = t([1., nan, 3., nan], requires_grad=True); torch.amax(x, 0).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.amin(x, 0).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.max().backward(); r = x.grad
x = t([1., nan, nan], requires_grad=True); x.max().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.max(0)[0].backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); x.amax(1).sum().backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); x.amax((0, 1)).sum().backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); a, b = x.aminmax(); (a+b).backward(); r = x.grad
x = t([[1., nan, 3.], [1, 2, 2]], requires_grad=True); a, b = x.aminmax(dim=1); (a+b).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([1., -inf, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([-inf, -inf, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([1., inf, 3.], requires_grad=True); torch.logcumsumexp(x, 0).sum().backward(); r = x.grad
x = t([1., 2., 3.], requires_grad=True); torch.logcumsumexp(x, 0).backward(t([1., nan, 1.])); r = x.grad
x = t([1., 2., 3.], requires_grad=True); torch.logcumsumexp(x, 0).backward(t([1., -2, 0.])); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([1., nan, 0.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([0., nan, 0.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([0., inf, 2.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([2., inf, 3.], requires_grad=True); x.prod().backward(); r = x.grad
x = t([[1., nan, 0.], [1, 2, 0]], requires_grad=True); x.prod(1).sum().backward(); r = x.grad
x = t([[1., nan, 3.], [0, 2, 0]], requires_grad=True); x.prod(1).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.cumprod(0).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.cummax(0)[0].sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.median().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.nanmedian().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.logsumexp(0).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.norm().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.norm(inf).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.norm(1).backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.std().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.nansum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); x.clamp(0, 2).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.maximum(x, t([1., 1., nan])).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.fmax(x, t([1., 1., nan])).sum().backward(); r = x.grad
x = t([1., nan, 3.], requires_grad=True); torch.relu(x).sum().backward(); r = x.grad
x = t([1., nan, -0.], requires_grad=True); x.abs().sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.leaky_relu(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.hardtanh(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.softshrink(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.elu(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.hardsigmoid(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.hardswish(x).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nn.functional.threshold(x, 0., 5.).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); torch.nan_to_num(x).sum().backward(); r = x.grad
x = t([[1., nan, -3.]], requires_grad=True); torch.nn.functional.max_pool1d(x, 2, 1).sum().backward(); r = x.grad
x = t([1., nan, -3.], requires_grad=True); x.pow(0).sum().backward(); r = x.grad
x = t([0., nan, inf], requires_grad=True); torch.xlogy(x, t(0.)).sum().backward(); r = x.grad
r = torch.searchsorted(t([1., 2., nan]), t([0., 1.5, nan, 3.]))
r = torch.searchsorted(t([1., nan, nan]), t([0., 1.5, nan, 3.]), right=True)
r = torch.searchsorted(t([1., nan, 2.]), t([0., 1.5, nan, 3.]), right=True)
r = torch.searchsorted(t([nan, 1., 2.]), t([0., 1.5, nan, 3.]))
r = torch.searchsorted(t([nan, nan, nan]), t([0., 1.5, nan, 3.]))
r = torch.bucketize(t([0., 1.5, nan, 3.]), t([1., 2., nan]))
r = torch.bucketize(t([0., 1.5, nan, 3.]), t([1., 2., nan]), right=True)
r = torch.bucketize(t([2, 1]), t([2, 1]))
r = torch.searchsorted(t([5, 3, 1]), t([1, 2, 3, 4, 5, 6]))
r = torch.searchsorted(t([5, 3, 1, 9, 2, 7]), t([1, 2, 3, 4, 5, 6]), right=True)
r = torch.searchsorted(t([False, True]), t([True, False]))
r = torch.searchsorted(t([1., 2., 3.]), 2)
r = torch.searchsorted(t([1, 2, 3]), 2.5)
r = torch.searchsorted(t([1., 2., 3.]), t([1, 2]))
""",
    "order": r"""
r = torch.arange(6).view(2, 3).t().sort(0)
r = torch.arange(24).view(2, 3, 4).transpose(0, 2).sort(1, descending=True)
r = torch.arange(24).view(2, 3, 4).transpose(0, 2).argsort(1)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.bernoulli(p)
torch.manual_seed(0); p = torch.rand(4, 3)[:, ::2]; r = torch.bernoulli(p)
torch.manual_seed(0); p = torch.rand(3).expand(4, 3); r = torch.bernoulli(p)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.empty(3, 4).bernoulli_(p)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.empty(4, 3).t().bernoulli_(p)
torch.manual_seed(0); p = torch.rand(4, 3).t(); r = torch.bernoulli(p, 0.3)
torch.manual_seed(0); r = torch.empty(4, 3).t().bernoulli_(0.3)
torch.manual_seed(0); r = torch.empty(4, 3).t().uniform_()
torch.manual_seed(0); r = torch.empty(4, 3).t().normal_()
torch.manual_seed(0); r = torch.empty(4, 5).t().normal_()
torch.manual_seed(0); r = torch.normal(torch.rand(4, 5).t(), 1.)
torch.manual_seed(0); r = torch.normal(torch.rand(4, 5).t(), torch.rand(5, 4))
torch.manual_seed(0); r = torch.poisson(torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.rand_like(torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.randn_like(torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.randint_like(torch.rand(4, 3).t(), 0, 9)
torch.manual_seed(0); r = torch.nn.functional.dropout(torch.ones(4, 3).t())
torch.manual_seed(0); r = torch.binomial(torch.ones(4, 3).t()*5, torch.rand(4, 3).t())
torch.manual_seed(0); r = torch.empty(4, 3).t().exponential_()
torch.manual_seed(0); r = torch.empty(4, 3).t().random_(10)
torch.manual_seed(0); r = torch.empty(4, 3).t().geometric_(0.3)
torch.manual_seed(0); r = torch.empty(4, 3)[:, :2].normal_()
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1).flip(0)
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1).flip(1, 2)
r = torch.arange(24).view(2, 3, 4).permute(1, 0, 2).flip(1)
r = torch.arange(24).view(2, 3, 4)[:, ::2].flip(1)
r = torch.arange(24).view(2, 3, 4).transpose(1, 2).flip(())
r = torch.arange(24).view(2, 3, 4).transpose(1, 2).roll(1, 1)
r = torch.arange(24).view(2, 3, 4).transpose(1, 2).rot90()
r = torch.arange(24).view(4, 6).t().fliplr()
r = torch.arange(24).view(4, 6).t().flipud()
r = torch.arange(3).expand(2, 3).flip(0)
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1)[t([0, 1])]
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1)[:, t([0, 1])]
r = torch.arange(24).view(2, 3, 4).permute(2, 0, 1)[:, :, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[:, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[:, :, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[t([0, 1]), :, t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[:, t([[0, 1], [1, 2]])]
r = torch.arange(24).view(2, 3, 4)[:, :, t([[0, 1], [1, 2]])]
r = torch.arange(24).view(2, 3, 4)[:, t([0, 1, 1]), t([0, 1, 1])]
r = torch.arange(24).view(2, 3, 4)[t([[0, 1], [1, 0]]).t()]
r = torch.arange(24).view(2, 3, 4).transpose(0, 1)[t([[0, 1], [1, 0]]).t()]
r = torch.arange(24).view(2, 3, 4)[t([0, 1]), t([0, 1])]
r = torch.arange(24).view(2, 3, 4)[t([True, False])]
r = torch.arange(24).view(2, 3, 4)[:, t([True, False, True])]
r = torch.arange(24).view(2, 3, 4)[:, :, t([True, False, True, True])]
r = torch.arange(24).view(4, 6).t()[torch.arange(24).view(4, 6).t()>3]
r = torch.arange(6).view(2, 3)[:, t([0, 2])]
r = torch.arange(6).view(2, 3)[:, [0, 2]]
r = torch.arange(6).view(2, 3).t()[[0, 2]]
r = torch.arange(6).view(2, 3).t()[:, [0, 1]]
r = torch.arange(6).view(2, 3).index_select(1, t([0, 2]))
r = torch.arange(6).view(2, 3).t().index_select(0, t([0, 2]))
r = torch.arange(6).view(2, 3).t().take_along_dim(t([[0], [1], [0]]), 1)
r = torch.arange(6).view(2, 3).t().gather(1, t([[0], [1], [0]]))
r = torch.arange(6).view(2, 3).t().scatter(1, t([[0], [1], [0]]), 9)
r = torch.arange(6).view(2, 3).t().index_add(1, t([0]), torch.ones(3, 1, dtype=torch.int64))
r = torch.arange(6).view(2, 3).t().index_fill(1, t([0]), 3)
r = torch.arange(6).view(2, 3).t().masked_fill(t([True, False]), 3)
r = torch.arange(6).view(2, 3).t().cumsum(0)
r = torch.arange(6.).view(2, 3).t().tril()
r = torch.arange(6.).view(2, 3).t().clone()
r = torch.arange(6.).view(2, 3).t().repeat(2, 1)
r = torch.arange(6.).view(2, 3).t().to(torch.float64)
r = torch.cat([torch.arange(6.).view(2, 3).t(), torch.arange(6.).view(2, 3).t()])
r = torch.stack([torch.arange(6.).view(2, 3).t(), torch.arange(6.).view(2, 3).t()])
r = torch.where(torch.arange(6.).view(2, 3).t()>2, torch.arange(6.).view(2, 3).t(), 0.)
r = torch.nn.functional.pad(torch.arange(6.).view(2, 3).t(), (1, 1))
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(x.cumprod(0).sum(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(torch.logcumsumexp(x, 0).sum(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(x.prod(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad(x.cumsum(0).sum(), x, create_graph=True); r = g.requires_grad
x = torch.empty(0, requires_grad=True); g, = torch.autograd.grad((x*x).sum(), x, create_graph=True); r = g.requires_grad
x = torch.ones(2, requires_grad=True); g, = torch.autograd.grad(x.cumprod(0).sum(), x, create_graph=True); r = (g.requires_grad, g)
r = [1/torch.fmax(t([-0., 0.]), t([0., -0.])), 1/torch.fmin(t([-0., 0.]), t([0., -0.]))]
r = torch.vander(t([1., 2, 3]))
r = torch.vander(t([1, 2, 3]), N=2, increasing=True)
r = torch.vander(t([1, 2, 3]), increasing=True)
r = torch.vander(t([1, 2, 3]), N=0)
r = torch.vander(t([1, 2, 3]), N=-1)
r = torch.vander(t([[1, 2, 3]]))
r = torch.vander(t([True, False]))
r = torch.vander(t([1, 2]).to(torch.int8), 3)
r = torch.linalg.vander(t([1, 2, 3]))
r = torch.Size('a')
r = torch.Size(['a'])
r = torch.Size([1.5])
r = torch.Size(3)
r = torch.Size([1, True])
r = torch.Size(t([1, 2]))
r = torch.Size([t(1), t(2)])
r = torch.Size((1, 2))+(3,)
r = torch.Size([None])
""",
}

# Numbers and 0-d tensors that the other operand's dtype does not hold: they wrap or round, or are an error.
OPERATIONS = """a + b|a - b|a * b|a // b|a % b|a == b|a < b|a >= b|b - a|b < a|b // a|b % a|torch.fmod(a, b)|a.sub_(b)|a.lt_(b)
torch.div(a, b, rounding_mode="floor")|torch.div(a, b, rounding_mode="trunc")|torch.where(a > 2, a, b)|torch.clamp(a, b)
torch.clamp(a, max=b)|a.masked_fill(a > 2, b)|a.mul_(b)|a.floor_divide_(b)""".replace("\n", "|").split("|")
ON_INTEGERS = ["a & b", "a | b", "a << b", "a >> b"]
ON_TENSORS = ["torch.maximum(a, b)", "torch.fmax(a, b)", "torch.logical_and(a, b)", "torch.maximum(b, a)", "a ** b"]
ON_NUMBERS = """a ** b|torch.add(a, a, alpha=b)|torch.sub(a, a, alpha=b)|torch.addcmul(a, a, a, value=b)|torch.full_like(a, b)
a.new_full((2,), b)|a.fill_(b)|torch.threshold(a, 3, b)|a.scatter(0, t([0]), b)|a.index_fill(0, t([0]), b)
torch.scalar_tensor(b, dtype=a.dtype)|t(b, dtype=a.dtype)
a[t([0])].add_(b)|a.index_add(0, t([0]), a[:1], alpha=b)""".replace("\n", "|").split("|")
INTEGERS = ["256", "-256", "300", "-1", "2**31", "2**32 + 5", "3"]
FLOATS = ["70000", "70000.0", "2049", "2049.5", "257.3", "1e39", "-0.7"]


def _beyond():
    for dtype in ("uint8", "int8", "int16", "int32", "bool"):
        for number in INTEGERS:
            for f in OPERATIONS + ON_INTEGERS + ON_NUMBERS:
                yield f"a = t([1, 5, 100, 0], dtype=torch.{dtype}); b = {number}; r = {f}"
            for f in OPERATIONS + ON_INTEGERS + ON_TENSORS:
                yield f"a = t([1, 5, 100, 0], dtype=torch.{dtype}); b = t({number}); r = {f}"
    # Not what PyTorch rounds in other places at the end of a tensor than inside.
    half = [f for f in OPERATIONS + ON_NUMBERS if f != "b // a" and "alpha" not in f]
    for dtype in ("float16", "bfloat16"):
        for number in FLOATS:
            for f in half:
                yield f"a = t([1.5, 2.25, 100.3, -0.7], dtype=torch.{dtype}); b = {number}; r = {f}"
            for f in [f for f in OPERATIONS if f != "b // a"] + ON_TENSORS:
                yield f"a = t([1.5, 2.25, 100.3, -0.7], dtype=torch.{dtype}); b = t({number}); r = {f}"
        for f in [f for f in OPERATIONS if "_(" not in f and f != "b // a"] + ON_TENSORS:
            yield f"a = t([1.5, 2.25, 100.3, -0.7], dtype=torch.{dtype}); b = t([2049, 257, 65536, 70001]); r = {f}"


def programs():
    """(topic, program) of every snippet."""
    lines = [(topic, line) for topic, text in TOPICS.items() for line in text.strip().splitlines()]
    return lines + [("numbers", program) for program in _beyond()]


def outcome(torch, program):
    """What a program ends in, as JSON."""
    integers = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
    names = {"torch": torch, "t": torch.tensor, "inf": torch.inf, "nan": torch.nan, "whole": lambda x: [x.to(d) for d in integers]}
    try:
        exec(program, names)
    except Exception as error:
        return {"error": [type(error).__name__, masked(error)]}
    return plain(torch, names["r"])


def plain(torch, value):
    """Tensors as dtype, shape, strides and elements; sequences of them; the text of the rest."""
    if isinstance(value, torch.Tensor):
        elements = [repr(x) for x in value.detach().reshape(-1).tolist()]
        strides = list(value.stride()) if value.numel() > 1 else []
        return {"dtype": str(value.dtype)[6:], "shape": list(value.shape), "strides": strides, "elements": elements}
    if isinstance(value, (tuple, list)):
        return [plain(torch, v) for v in value]
    return repr(value)
