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
