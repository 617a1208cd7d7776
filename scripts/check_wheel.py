"""Is a wheel small and complete? ``maturin build --out dist && python scripts/check_wheel.py dist/*.whl``."""
import pathlib
import sys
import zipfile

LIMIT = 5_000_000
NEEDED = ("rgrad/__init__.py", "rgrad/_C.pyi", "rgrad/py.typed", "rgrad/nn/functional.py", "rgrad/optim/adam.py")


def problems(path: pathlib.Path) -> list[str]:
    """What is wrong with the wheel at ``path``."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
    found = [f"{name} is missing" for name in NEEDED if name not in names]
    if not any(name.startswith("rgrad/_C.") and name.endswith((".so", ".pyd")) for name in names):
        found.append("the compiled module is missing")
    size = path.stat().st_size
    if size > LIMIT:
        found.append(f"{size:,} bytes, more than {LIMIT:,}")
    print(f"{path.name}: {size:,} bytes, {len(names)} files")
    return found


def main() -> int:
    wheels = [pathlib.Path(argument) for argument in sys.argv[1:]]
    if not wheels:
        print("no wheel given", file=sys.stderr)
        return 2
    wrong = [f"{wheel.name}: {problem}" for wheel in wheels for problem in problems(wheel)]
    print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
