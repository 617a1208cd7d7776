"""Process groups of one process: programs for several run as the first and only one of them."""
from __future__ import annotations

import os

_group = {"backend": ""}


class ReduceOp:
    """What ``all_reduce`` does with the tensors of several processes; of one, it gives the tensor itself."""

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR = range(8)


class ProcessGroup:
    """A group: of this process."""

    def rank(self) -> int:
        """0."""
        return 0

    def size(self) -> int:
        """1."""
        return 1


class _World:
    WORLD = None


group = _World()
GroupMember = group
_done = ProcessGroup()


class Work:
    """An operation, done already."""

    def wait(self, timeout=None) -> bool:
        """True."""
        return True

    def is_completed(self) -> bool:
        """True."""
        return True


def is_available() -> bool:
    """True, for one process."""
    return True


is_gloo_available = is_available


def is_initialized() -> bool:
    """Whether ``init_process_group`` was called."""
    return bool(_group["backend"])


def is_torchelastic_launched() -> bool:
    """False."""
    return False


is_mpi_available = is_nccl_available = is_ucc_available = is_xccl_available = is_torchelastic_launched


def _from_environment(name: str) -> int:
    if name not in os.environ:
        raise ValueError(
            f"Error initializing torch.distributed using env:// rendezvous: environment variable {name} expected, but "
            "not set"
        )
    return int(os.environ[name])


def init_process_group(
    backend=None, init_method=None, timeout=None, world_size=-1, rank=-1, store=None, group_name="", pg_options=None,
    device_id=None,
) -> None:
    """Start the group. Its size, given or from ``WORLD_SIZE``, must be 1."""
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    if str(backend) == "nccl":
        raise RuntimeError("Distributed package doesn't have NCCL built in")
    if store is None and init_method in (None, "env://"):
        rank = _from_environment("RANK") if rank == -1 else rank
        world_size = _from_environment("WORLD_SIZE") if world_size == -1 else world_size
    if world_size != 1 or rank != 0:
        raise RuntimeError(f"rgrad runs in one process: a group of {world_size} with rank {rank} can't be made")
    _group["backend"] = str(backend or "gloo").split(":")[-1]


def destroy_process_group(group=None) -> None:
    """End the group."""
    if group is None or group is _done:
        _group["backend"] = ""


def _check_initialized() -> None:
    if not is_initialized():
        raise ValueError(
            "Default process group has not been initialized, please make sure to call init_process_group."
        )


def get_backend(group=None) -> str:
    """The name that ``init_process_group`` was given."""
    _check_initialized()
    return _group["backend"]


def get_rank(group=None) -> int:
    """0."""
    _check_initialized()
    return 0


def get_world_size(group=None) -> int:
    """1."""
    _check_initialized()
    return 1


def new_group(ranks=None, *args, **kwargs) -> ProcessGroup:
    """A group of this process."""
    _check_initialized()
    return _done


def get_process_group_ranks(group=None) -> list[int]:
    """[0]."""
    _check_initialized()
    return [0]


def barrier(group=None, async_op=False, device_ids=None):
    """There is nobody to wait for."""
    _check_initialized()
    return Work() if async_op else None


def monitored_barrier(group=None, timeout=None, wait_all_ranks=False) -> None:
    """There is nobody to wait for."""
    _check_initialized()


def all_reduce(tensor, op=ReduceOp.SUM, group=None, async_op=False):
    """Leaves the tensor as it is: the sum, mean or extreme of one."""
    return barrier(group, async_op)


def broadcast(tensor, src=None, group=None, async_op=False, group_src=None):
    """Leaves the tensor as it is."""
    return barrier(group, async_op)


def reduce(tensor, dst=None, op=ReduceOp.SUM, group=None, async_op=False, group_dst=None):
    """Leaves the tensor as it is."""
    return barrier(group, async_op)


def all_gather(tensor_list, tensor, group=None, async_op=False):
    """Copies the tensor into the one place of the list."""
    _check_initialized()
    tensor_list[0].copy_(tensor)
    return Work() if async_op else None


def gather(tensor, gather_list=None, dst=None, group=None, async_op=False, group_dst=None):
    """Copies the tensor into the one place of the list."""
    return all_gather(gather_list, tensor, group, async_op)


def scatter(tensor, scatter_list=None, src=None, group=None, async_op=False, group_src=None):
    """Copies the one tensor of the list."""
    _check_initialized()
    tensor.copy_(scatter_list[0])
    return Work() if async_op else None


def reduce_scatter(output, input_list, op=ReduceOp.SUM, group=None, async_op=False):
    """Copies the one tensor of the list."""
    return scatter(output, input_list, None, group, async_op)


def all_gather_into_tensor(output_tensor, input_tensor, group=None, async_op=False):
    """Copies the tensor."""
    _check_initialized()
    output_tensor.copy_(input_tensor.view_as(output_tensor))
    return Work() if async_op else None


def reduce_scatter_tensor(output, input, op=ReduceOp.SUM, group=None, async_op=False):
    """Copies the tensor."""
    return all_gather_into_tensor(output, input, group, async_op)


def all_to_all(output_tensor_list, input_tensor_list, group=None, async_op=False):
    """Copies the one tensor of the list."""
    return all_gather(output_tensor_list, input_tensor_list[0], group, async_op)


def all_gather_object(object_list, obj, group=None) -> None:
    """Puts the object into the one place of the list."""
    _check_initialized()
    object_list[0] = obj


def gather_object(obj, object_gather_list=None, dst=None, group=None, group_dst=None) -> None:
    """Puts the object into the one place of the list."""
    all_gather_object(object_gather_list, obj)


def broadcast_object_list(object_list, src=None, group=None, device=None, group_src=None) -> None:
    """Leaves the list as it is."""
    _check_initialized()


def _of_several(*args, **kwargs):
    raise RuntimeError("rgrad runs in one process: there is nobody to send to or receive from")


send = recv = isend = irecv = _of_several
