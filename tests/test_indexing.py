"""What a key selects where lists, masks without dimensions and arrays stand in it, and what may be assigned."""
import warnings

import pytest

import rgrad as torch

np = pytest.importorskip("numpy")
t = torch.tensor


@pytest.fixture
def x():
    return torch.arange(12.0).view(3, 4)


def test_a_mask_without_dimensions_is_an_index(x):
    loss = t(float("nan"))
    assert loss[~loss.isnan()].sum().item() == 0.0
    v = torch.arange(3.0)
    assert v[v.sum() > 100].shape == (0, 3) and v[t(True)].shape == (1, 3)
    assert v[t(False), t([0])].shape == (0,)
    assert x[:, t(True)].shape == (3, 1, 4) and x[0, t(True), 1].tolist() == [1.0] and x[t(True), 0].shape == (1, 4)
    assert x[t(1, dtype=torch.uint8)].shape == (1, 3, 4)
    assert t(5.0)[t(True)].tolist() == [5.0] and t(5.0)[t(False)].tolist() == []


DEPRECATED = "Using a non-tuple sequence for multidimensional indexing is deprecated"


@pytest.mark.parametrize("key, want", [
    ([t(0), t(2)], 2.0), ([[0, 1], [2, 3]], [2.0, 7.0]), ([slice(0, 2)], [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]),
    ([0, slice(None)], [0.0, 1.0, 2.0, 3.0]), ([None, 0], [[0.0, 1.0, 2.0, 3.0]]), ([0, t(1)], 1.0),
    ([[0, 1], 1], [1.0, 5.0]), ([..., 0], [0.0, 4.0, 8.0]), ([range(2), 1], [1.0, 5.0]),
])
def test_a_list_that_holds_indices_is_read_as_a_tuple(x, key, want):
    with pytest.warns(UserWarning, match=DEPRECATED):
        assert x[key].tolist() == want


def test_other_sequences_are_positions(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(x[range(2)], x[:2]) and torch.equal(x[[0, 1]], x[:2]) and torch.equal(x[[1.5]], x[1:2])
        assert torch.equal(x[[True, False, True]], x[::2]) and x[[]].shape == (0, 4)
        assert torch.equal(x[[[0]] * 40], x[torch.zeros(40, 1, dtype=torch.int64)])
        assert torch.equal(x[np.array([[0, 1], [1, 2]])], x[t([[0, 1], [1, 2]])])
        assert torch.equal(x[np.array(1)], x[1]) and torch.equal(x[np.array([True, False, True])], x[::2])


def test_assignment_by_mask_takes_any_dtype_of_one_element(x):
    x[x > 2] = t(5)
    x[t([True, False, False])] = t([7], dtype=torch.float64)
    x[t(False)] = 9
    assert x.tolist() == [[7.0] * 4, [5.0] * 4, [5.0] * 4]
    with pytest.raises(RuntimeError, match="Index put requires the source and destination dtypes match, got Float"):
        x[t([0, 1])] = t([1, 2, 3, 4])
    with pytest.raises(TypeError, match="can't assign a numpy.ndarray to a torch.FloatTensor"):
        x[0] = np.ones(4)


def test_tensors_are_made_of_tensors_and_arrays():
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    made = [torch.tensor([w.sum(), w.prod()]), torch.as_tensor([w.sum(), 1]), torch.tensor([w[:1], 2.0])]
    assert [(m.tolist(), m.dtype, m.requires_grad) for m in made] == [
        ([3.0, 1.0], torch.float64, False), ([3.0, 1.0], torch.float64, False), ([1.0, 2.0], torch.float64, False)
    ]
    assert torch.tensor([torch.ones(1), torch.ones(1, 1)]).tolist() == [1.0, 1.0]
    assert torch.tensor([[1, 2], torch.ones(2)]).tolist() == [[1.0, 2.0], [1.0, 1.0]]
    assert torch.tensor([np.array([0.1, 0.2])]).dtype == torch.float64
    assert torch.tensor([np.ones(1), t([1])]).tolist() == [[1.0], [1.0]]
    assert torch.tensor([np.array([1, 2], dtype=np.int32)]).dtype == torch.int32
    assert torch.tensor([np.float64(1)]).dtype == torch.float64 and torch.tensor([np.int8(1), 2.5]).dtype == torch.float32


def test_deep_lists_are_refused():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for f in (torch.tensor, torch.as_tensor, torch.Tensor, torch.ones(2).new_tensor):
        with pytest.raises(ValueError, match="too many dimensions 'list'"):
            f(deep)
    with pytest.raises(TypeError, match=r"argument 'input' \(position 1\) must be Tensor, not list"):
        torch.add(deep, 1)
    with pytest.raises(TypeError):
        torch.zeros(deep)


def test_a_live_buffer_at_exit_does_no_harm():
    import subprocess
    import sys

    code = "import rgrad as torch; x = torch.frombuffer(bytearray(b'12345678'), dtype=torch.int32); y = [x]; y.append(y)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).returncode == 0


def pieces_by_hand(a, key):
    return np.asarray(a)[tuple(np.asarray(k) if isinstance(k, torch.Tensor) else k for k in key)]


SOURCES = [
    lambda: torch.arange(3 * 4 * 5 * 6).view(3, 4, 5, 6),
    lambda: torch.arange(3 * 4 * 5 * 6).view(6, 5, 4, 3).permute(3, 2, 1, 0),
    lambda: torch.arange(2 * 3 * 4 * 5 * 6).view(3, 4, 5, 12)[..., ::2],
    lambda: torch.arange(3 * 4 * 5 * 6, dtype=torch.uint8).view(3, 4, 5, 6),
    lambda: torch.arange(3 * 4 * 5 * 6).view(3, 4, 5, 6).to(torch.float16),
]
ALL = slice(None)
KEYS = [
    (t([2, 0, 2]),),
    (ALL, t([3, -1])),
    (ALL, ALL, ALL, t([[5, 0], [1, 1], [2, -6]])),
    (t([0, 1]), t([3, 3])),
    (t([0, 1]), ALL, t([4, 0])),
    (ALL, t([[1], [2]]), t([0, 4, 2])),
    (t([1]), t([1]), t([1]), t([1])),
    (ALL, t([], dtype=torch.long)),
    (t(2), t([0, 1, 3])),
]


@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
@pytest.mark.parametrize("source", SOURCES, ids=range(len(SOURCES)))
def test_pieces_at_positions_are_numpys(source, key):
    x = source()
    want = pieces_by_hand(x, key)
    assert np.array_equal(x[key].numpy(), want)
    values = torch.arange(want.size).to(x.dtype).view(want.shape) + 1
    written, by_hand = x.clone(), np.asarray(x).copy()
    key_by_hand = tuple(np.asarray(k) if isinstance(k, torch.Tensor) else k for k in key)
    written[key] = values
    by_hand[key_by_hand] = np.asarray(values)
    assert np.array_equal(written.numpy(), by_hand)
    if all(isinstance(k, torch.Tensor) for k in key):
        added, by_hand = x.clone(), np.asarray(x).copy()
        added.index_put_(key, values, accumulate=True)
        np.add.at(by_hand, key_by_hand, np.asarray(values))
        assert np.array_equal(added.numpy(), by_hand)


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_slices_at_positions_are_those_of_a_loop(dim):
    x = torch.arange(60.0).view(3, 4, 5).transpose(0, 2)
    at = t([1, 0, 1, 2])
    source = torch.arange(1.0, 61.0).view(5, 4, 3).index_select(dim, t([0, 1, 2, 0]))
    added, copied, filled = x.clone(), x.clone(), x.clone()
    for i, p in enumerate(at.tolist()):
        added.select(dim, p).add_(source.select(dim, i), alpha=2)
        copied.select(dim, p).copy_(source.select(dim, i))
        filled.select(dim, p).fill_(7)
    assert torch.equal(x.index_add(dim, at, source, alpha=2), added)
    assert torch.equal(x.index_copy(dim, at, source), copied)
    assert torch.equal(x.index_fill(dim, at, 7), filled)
    assert torch.tensor(3.0).index_add(0, t([0, 0]), t([1.0, 2.0])).item() == 6.0


def test_many_rows_have_the_bits_of_one_thread():
    torch.manual_seed(0)
    x, at = torch.randn(300, 200), torch.randint(0, 300, (1000,))
    values = torch.randn(1000, 200)
    before = torch.get_num_threads()
    seen = []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            added, read = x.index_put((at,), values, accumulate=True), x.gather(0, at.view(200, 5).repeat(1, 40))
            seen.append([x[at], added, read, x[:, at[:200] % 200]])
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(*seen))


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 300_001])
def test_bits_of_any_length_and_place(n):
    for dtype in (torch.bool, torch.uint8, torch.int32):
        for start in (0, 1, 8):
            a, b = ((torch.arange(n + 16) * k % 7 < 3).to(dtype)[start : start + n] for k in (1, 3))
            u, v = a.numpy(), b.numpy()
            assert np.array_equal((a & b).numpy(), u & v) and np.array_equal((a | b).numpy(), u | v)
            assert np.array_equal((a ^ b).numpy(), u ^ v) and np.array_equal((~a).numpy(), ~u)


def test_nonzero_counts_row_major_over_any_shape():
    for shape in ((0,), (7,), (3, 0, 2), (4, 5), (2, 3, 4, 5)):
        a = (torch.arange(int(np.prod(shape))) * 7 % 5 < 2).view(shape)
        assert np.array_equal(a.nonzero().numpy(), np.argwhere(a.numpy()))
        assert np.array_equal((a.float() * -2).nonzero().numpy(), np.argwhere(a.numpy()))


def test_places_among_sorted_values_are_numpys():
    edges = t([-1.0, 0.0, 0.0, 2.5, 9.0])
    values = torch.arange(-40, 240) / 20
    for n in range(6):
        for side in ("left", "right"):
            got = torch.searchsorted(edges[:n], values, side=side)
            assert np.array_equal(got.numpy(), np.searchsorted(edges[:n].numpy(), values.numpy(), side=side))


def test_an_index_after_a_mask_is_of_the_dimension_after_the_masks():
    x = torch.arange(2 * 3 * 4 * 5).view(2, 3, 4, 5)
    pairs, at = (torch.arange(6) % 3 == 0).view(2, 3), t([3, 1])
    bits = t([True, False, True, False])
    for key in [(pairs, at), (pairs, ALL, at), (pairs, Ellipsis, t([4, 0])), (pairs, at, t([0, 4])), (pairs, bits)]:
        by_hand = tuple(np.asarray(k) if isinstance(k, torch.Tensor) else k for k in key)
        assert np.array_equal(x[key].numpy(), x.numpy()[by_hand])
        written, want = x.clone(), x.numpy().copy()
        written[key], want[by_hand] = -1, -1
        assert np.array_equal(written.numpy(), want)
    assert x[0, (torch.arange(12) % 5 == 0).view(3, 4), t([1, 0, 2])].tolist() == [1, 25, 52]
