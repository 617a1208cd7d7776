"""Trees of containers: dicts, lists, tuples and registered classes around leaves. None is a leaf."""
from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import Any, NamedTuple

__all__ = [
    "LeafSpec", "PyTree", "TreeSpec", "register_pytree_node", "tree_all", "tree_all_only", "tree_any", "tree_any_only",
    "tree_flatten", "tree_is_leaf", "tree_iter", "tree_leaves", "tree_map", "tree_map_", "tree_map_only",
    "tree_map_only_", "tree_structure", "tree_unflatten",
]

PyTree = Any
Context = Any


class NodeDef(NamedTuple):
    """How a class of containers comes apart and is put together."""

    type: type
    flatten_fn: Any
    unflatten_fn: Any


SUPPORTED_NODES: dict[type, NodeDef] = {}


def register_pytree_node(cls, flatten_fn, unflatten_fn, **names) -> None:
    """Let instances of ``cls`` be nodes: ``flatten_fn`` gives (children, context), ``unflatten_fn`` takes them back."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node. Please unregister it first.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn)


def _dict(value):
    return list(value.values()), list(value)


register_pytree_node(tuple, lambda v: (list(v), None), lambda children, _: tuple(children))
register_pytree_node(list, lambda v: (v, None), lambda children, _: list(children))
register_pytree_node(dict, _dict, lambda children, keys: dict(zip(keys, children)))
register_pytree_node(OrderedDict, _dict, lambda children, keys: OrderedDict(zip(keys, children)))
register_pytree_node(
    defaultdict, lambda v: (list(v.values()), [v.default_factory, list(v)]),
    lambda children, context: defaultdict(context[0], zip(context[1], children)),
)
register_pytree_node(
    deque, lambda v: (list(v), v.maxlen), lambda children, maxlen: deque(children, maxlen=maxlen)
)
_NAMED = NodeDef(tuple, lambda v: (list(v), type(v)), lambda children, cls: cls(*children))


def _node(value):
    """The definition for ``value``; None for a leaf. Named tuples are nodes of their own kind."""
    definition = SUPPORTED_NODES.get(type(value))
    if definition is None and isinstance(value, tuple) and hasattr(value, "_fields"):
        return _NAMED
    return definition


class TreeSpec:
    """The shape of a tree: the class of its root, the context of that class, and the shapes below."""

    def __init__(self, type, context, children_specs) -> None:
        self.type, self.context, self.children_specs = type, context, children_specs
        self.num_children = len(children_specs)
        self.num_leaves = sum(spec.num_leaves for spec in children_specs)
        self.num_nodes = 1 + sum(spec.num_nodes for spec in children_specs)

    def is_leaf(self) -> bool:
        """Whether it is the shape of a leaf."""
        return False

    def children(self) -> list:
        """The shapes below."""
        return list(self.children_specs)

    def child(self, index: int):
        """One of them."""
        return self.children_specs[index]

    def unflatten(self, leaves) -> PyTree:
        """A tree of this shape."""
        return tree_unflatten(leaves, self)

    def __eq__(self, other) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        mine, theirs = (self.type, self.context, self.children_specs), (other.type, other.context, other.children_specs)
        return mine == theirs

    def __hash__(self) -> int:
        return hash((self.type, repr(self.context), tuple(self.children_specs)))

    def __repr__(self, indent: int = 0) -> str:
        inner = indent + 2
        separator = ",\n" + " " * inner
        children = [spec.__repr__(inner) for spec in self.children_specs]
        # A nested shape starts on a line of its own.
        text = separator.join(children)
        return f"TreeSpec({self.type.__name__}, {self.context}, [{text}])"


class LeafSpec(TreeSpec):
    """The shape of a leaf."""

    def __init__(self) -> None:
        super().__init__(None, None, [])
        self.num_leaves = 1

    def is_leaf(self) -> bool:
        return True

    def __repr__(self, indent: int = 0) -> str:
        return "*"


_LEAF = LeafSpec()


def _flatten(tree, leaves, is_leaf) -> TreeSpec:
    definition = None if is_leaf is not None and is_leaf(tree) else _node(tree)
    if definition is None:
        leaves.append(tree)
        return _LEAF
    children, context = definition.flatten_fn(tree)
    kind = type(tree) if definition is not _NAMED else tuple
    spec = TreeSpec(kind, context, [_flatten(child, leaves, is_leaf) for child in children])
    spec.definition = definition
    return spec


def tree_flatten(tree, is_leaf=None) -> tuple[list, TreeSpec]:
    """The leaves in order, and the shape."""
    leaves: list = []
    return leaves, _flatten(tree, leaves, is_leaf)


def _unflatten(leaves, spec):
    if spec.is_leaf():
        return next(leaves)
    definition = getattr(spec, "definition", None) or SUPPORTED_NODES[spec.type]
    return definition.unflatten_fn([_unflatten(leaves, child) for child in spec.children_specs], spec.context)


def tree_unflatten(leaves, treespec) -> PyTree:
    """A tree of a shape with given leaves."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(
            f"tree_unflatten(leaves, treespec): Expected `treespec` to be instance of TreeSpec but got item of type "
            f"{type(treespec)}."
        )
    leaves = list(leaves)
    if len(leaves) != treespec.num_leaves:
        raise ValueError(
            f"tree_unflatten(leaves, treespec): `leaves` has length {len(leaves)} but the spec refers to a pytree that "
            f"holds {treespec.num_leaves} items ({treespec})."
        )
    return _unflatten(iter(leaves), treespec)


def tree_is_leaf(tree, is_leaf=None) -> bool:
    """Whether a value is a leaf."""
    return (is_leaf is not None and is_leaf(tree)) or _node(tree) is None


def tree_leaves(tree, is_leaf=None) -> list:
    """The leaves in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_iter(tree, is_leaf=None):
    """The leaves, one after another."""
    yield from tree_leaves(tree, is_leaf)


def tree_structure(tree, is_leaf=None) -> TreeSpec:
    """The shape."""
    return tree_flatten(tree, is_leaf)[1]


def _flatten_to(tree, spec, out) -> None:
    """The subtrees of ``tree`` at the leaves of ``spec``."""
    if spec.is_leaf():
        out.append(tree)
        return
    definition = _node(tree)
    children, context = definition.flatten_fn(tree) if definition else ([], None)
    same = definition is not None and (type(tree) is spec.type or definition is _NAMED)
    if spec.type is dict and same and set(context) == set(spec.context):
        children = [tree[key] for key in spec.context]
    elif not same or len(children) != spec.num_children or context != spec.context:
        raise ValueError(f"Node type mismatch; expected {spec.type}, but got {type(tree)}.")
    for child, child_spec in zip(children, spec.children_specs):
        _flatten_to(child, child_spec, out)


def tree_map(func, tree, *rests, is_leaf=None) -> PyTree:
    """A tree of the same shape with ``func`` of each leaf, and of what stands there in ``rests``."""
    leaves, spec = tree_flatten(tree, is_leaf)
    columns = [leaves]
    for rest in rests:
        columns.append([])
        _flatten_to(rest, spec, columns[-1])
    return tree_unflatten([func(*row) for row in zip(*columns)], spec)


def tree_map_(func, tree, *rests, is_leaf=None) -> PyTree:
    """Call ``func`` for what it does; gives back ``tree``."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def _is_a(kind, value) -> bool:
    return isinstance(value, kind) if isinstance(kind, (type, tuple)) else kind(value)


def tree_map_only(type_or_types_or_pred, func, tree, is_leaf=None) -> PyTree:
    """``func`` of the leaves of some classes; the others stay."""
    return tree_map(lambda v: func(v) if _is_a(type_or_types_or_pred, v) else v, tree, is_leaf=is_leaf)


def tree_map_only_(type_or_types_or_pred, func, tree, is_leaf=None) -> PyTree:
    """The same for what ``func`` does."""
    tree_map_only(type_or_types_or_pred, func, tree, is_leaf)
    return tree


def tree_all(pred, tree, is_leaf=None) -> bool:
    """Whether ``pred`` holds for all leaves."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred, tree, is_leaf=None) -> bool:
    """Whether ``pred`` holds for any leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(type_or_types, pred, tree, is_leaf=None) -> bool:
    """Whether ``pred`` holds for all leaves of some classes."""
    return all(pred(v) for v in tree_iter(tree, is_leaf) if isinstance(v, type_or_types))


def tree_any_only(type_or_types, pred, tree, is_leaf=None) -> bool:
    """Whether ``pred`` holds for any leaf of some classes."""
    return any(pred(v) for v in tree_iter(tree, is_leaf) if isinstance(v, type_or_types))


def _broadcast_to_and_flatten(tree, treespec, is_leaf=None):
    """A prefix of a tree as one value a leaf; None if it is no prefix."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    if treespec.is_leaf():
        return None
    children, context = _node(tree).flatten_fn(tree)
    if type(tree) is not treespec.type or context != treespec.context or len(children) != treespec.num_children:
        return None
    out: list = []
    for child, spec in zip(children, treespec.children_specs):
        part = _broadcast_to_and_flatten(child, spec, is_leaf)
        if part is None:
            return None
        out += part
    return out
