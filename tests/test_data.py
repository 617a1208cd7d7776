"""Loaders give PyTorch's order, draw its random numbers, and batch as it does."""
import collections

import pytest

import rgrad as torch
from golden_python import golden, loader_order, worker_draws
from rgrad.utils.data import (
    BatchSampler, ConcatDataset, DataLoader, Dataset, IterableDataset, SequentialSampler, Subset, TensorDataset,
    WeightedRandomSampler, default_collate, get_worker_info, random_split,
)


@pytest.mark.parametrize("case,expected", golden("loader"), ids=str)
def test_order_and_draws_are_pytorchs(case, expected):
    assert loader_order(torch, *case) == expected


def test_batches_are_stacked_and_the_last_is_short():
    data = TensorDataset(torch.arange(10).reshape(5, 2), torch.arange(5))
    sizes = [(x.shape[0], y.tolist()) for x, y in DataLoader(data, batch_size=2)]
    assert sizes == [(2, [0, 1]), (2, [2, 3]), (1, [4])]
    assert len(DataLoader(data, batch_size=2)) == 3 and len(DataLoader(data, batch_size=2, drop_last=True)) == 2


def test_collate_goes_into_dicts_tuples_and_strings():
    Point = collections.namedtuple("Point", ["x", "y"])
    batch = default_collate([{"a": 1, "b": "s", "p": Point(1.5, [1, 2])}, {"a": 2, "b": "t", "p": Point(2.5, [3, 4])}])
    assert batch["a"].tolist() == [1, 2] and batch["a"].dtype == torch.int64
    assert batch["b"] == ["s", "t"]
    assert batch["p"].x.dtype == torch.float64 and batch["p"].x.tolist() == [1.5, 2.5]
    assert [t.tolist() for t in batch["p"].y] == [[1, 3], [2, 4]]


def test_collate_of_unequal_lists_raises():
    with pytest.raises(RuntimeError, match="each element in list of batch should be of equal size"):
        default_collate([[1], [1, 2]])


def test_collate_of_unknown_type_raises():
    with pytest.raises(TypeError, match="default_collate: batch must contain tensors"):
        default_collate([object()])


def test_no_batching_gives_samples():
    assert [x[0].item() for x in DataLoader(TensorDataset(torch.arange(3)), batch_size=None)] == [0, 1, 2]


def test_stream_is_batched():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter(range(5))

    assert [b.tolist() for b in DataLoader(Stream(), batch_size=2)] == [[0, 1], [2, 3], [4]]
    with pytest.raises(ValueError, match="expected unspecified shuffle option"):
        DataLoader(Stream(), shuffle=True)


def test_workers_know_themselves():
    class Who(Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            info = get_worker_info()
            return -1 if info is None else info.id

    assert [b.tolist() for b in DataLoader(Who(), batch_size=1, num_workers=2)] == [[0], [1], [0], [1]]
    assert [b.tolist() for b in DataLoader(Who(), batch_size=4)] == [[-1] * 4]


@pytest.mark.parametrize("case,expected", golden("workers"), ids=str)
def test_workers_draw_pytorchs_numbers(case, expected):
    assert worker_draws(torch, *case) == expected


def test_tuples_of_strings_are_batched_as_tuples():
    assert default_collate([("a", 1), ("b", 2)])[0] == ("a", "b")
    assert default_collate([["a"], ["b"]]) == [("a", "b")]


def test_star_import_gives_the_public_names():
    names = {}
    exec("from rgrad.utils.data import *", names)
    assert names["Dataset"] is Dataset and names["DataLoader"] is DataLoader


def test_pinning_is_said_to_do_nothing():
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator is found"):
        list(DataLoader([1], pin_memory=True))


def test_split_covers_everything_once():
    parts = random_split(range(10), [0.3, 0.7], torch.Generator().manual_seed(0))
    assert [len(p) for p in parts] == [3, 7]
    assert sorted(i for p in parts for i in p.indices) == list(range(10))
    with pytest.raises(ValueError, match="Sum of input lengths does not equal"):
        random_split(range(10), [3, 3])


def test_concat_and_subset_map_indices():
    both = ConcatDataset([range(3), range(10, 13)])
    assert len(both) == 6 and both[4] == 11 and both[-1] == 12
    assert list(Subset(both, [5, 0])) == [12, 0]


def test_batch_sampler_groups_indices():
    assert list(BatchSampler(SequentialSampler(range(5)), 2, False)) == [[0, 1], [2, 3], [4]]
    assert list(BatchSampler(SequentialSampler(range(5)), 2, True)) == [[0, 1], [2, 3]]


def test_weights_of_zero_are_never_drawn():
    assert set(WeightedRandomSampler([0.0, 1.0, 0.0], 20)) == {1}


def test_size_mismatch_raises():
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(torch.zeros(2), torch.zeros(3))


def test_sampler_and_shuffle_exclude_each_other():
    with pytest.raises(ValueError, match="sampler option is mutually exclusive with shuffle"):
        DataLoader(range(3), sampler=SequentialSampler(range(3)), shuffle=True)
