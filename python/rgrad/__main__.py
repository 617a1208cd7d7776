"""Run a PyTorch program with rgrad in torch's place: ``python -m rgrad script.py args...``.

Also ``python -m rgrad -m module args...`` and ``python -m rgrad -c code args...``. The program sees the ``sys.argv``,
``sys.path``, ``__main__`` and tracebacks that it would see under python itself.
"""
from __future__ import annotations

import sys

_USAGE = "usage: python -m rgrad [-m module | -c code | script.py] [arguments ...]"


def _fresh_main():
    """A new, empty ``__main__`` module in place of this one."""
    main = type(sys)("__main__")
    main.__dict__.update(__builtins__=__builtins__, __annotations__={})
    sys.modules["__main__"] = main
    return main.__dict__


def _execute(code, namespace) -> None:
    """Run the program; of an uncaught error, show the program's part of the traceback only."""
    try:
        exec(code, namespace)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        sys.stdout.flush()
        raise SystemExit(130 if isinstance(error, KeyboardInterrupt) else 1) from None


def _compile(source, filename):
    try:
        return compile(source, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        sys.excepthook(type(error), error, None)
        raise SystemExit(1) from None


def _run_script(path: str) -> None:
    import os

    if os.path.isdir(path) or path.endswith((".zip", ".pyz")):
        import runpy

        sys.path.insert(0, path)
        _fresh_main()
        runpy._run_module_as_main("__main__")
        return
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        full = os.path.abspath(path)
        print(
            f"{sys.executable}: can't open file {full!r}: [Errno {error.errno}] {error.strerror}", file=sys.stderr
        )
        raise SystemExit(2) from None
    folder = os.path.dirname(os.path.realpath(path))
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
    from importlib.machinery import SourceFileLoader

    namespace = _fresh_main()
    namespace.update(
        __file__=os.path.abspath(path), __cached__=None, __spec__=None, __package__=None,
        __loader__=SourceFileLoader("__main__", path),
    )
    _execute(_compile(source, namespace["__file__"]), namespace)


def main() -> None:
    """The command line."""
    import rgrad

    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE, file=sys.stdout if arguments else sys.stderr)
        raise SystemExit(0 if arguments else 2)
    rgrad.install()
    first = arguments[0]
    if first in ("-m", "-c"):
        if len(arguments) < 2:
            print(f"Argument expected for the {first} option\n{_USAGE}", file=sys.stderr)
            raise SystemExit(2)
        sys.argv = [first, *arguments[2:]]
        namespace = _fresh_main()
        if first == "-c":
            sys.path[0] = ""
            namespace.update(__spec__=None, __package__=None)
            _execute(_compile(arguments[1], "<string>"), namespace)
        else:
            import runpy

            runpy._run_module_as_main(arguments[1])
    else:
        sys.argv = arguments
        _run_script(first)


if __name__ == "__main__":
    main()
