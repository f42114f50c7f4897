"""What the code of a function can reach: AWS calls, tables and settings, read from the source.

A walk over names: from a function of app.py to what it names, and so on. What it finds may be more than what is ever
done (a name is followed, whether it is called or not); what it does not find, no code asks for. So a right or a
variable that is not found here is one too many.
"""

import ast
import copy
import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
_TABLE_CALLS: Final = {
    "get": {"GetItem"},
    "refresh": {"GetItem"},
    "batch_get": {"BatchGetItem"},
    "query": {"Query"},
    "count": {"Query"},
    "scan": {"Scan"},
    "describe_table": {"DescribeTable"},
    "save": {"PutItem"},
    "update": {"UpdateItem"},
    "delete": {"DeleteItem"},
    "batch_write": {"BatchWriteItem"},
    "condition_check": {"ConditionCheckItem"},
}

_STORE: Final = "chalicelib.adapters.dynamo."
_BATCHES: Final = f"{_STORE}batches:read"
_REGISTRY: Final = f"{_STORE}personal_data:HOLDINGS"
_OF_REGISTRY: Final = (f"{_STORE}personal_data:", f"{_STORE}personal_rows:")
"""What these do with a table they do with every table of the registry."""


class Facts(NamedTuple):
    """What a piece of code names."""

    names: frozenset[str]
    """Other pieces, as `module:name`."""
    settings: frozenset[str]
    calls: frozenset[str]
    """AWS operations, as `service:operation` in the words of the client."""
    store: frozenset[tuple[str, str]]
    """DynamoDB operations on classes of tables, as (`module:Class`, operation); an empty class: any that it reaches."""


class Reached(NamedTuple):
    """All that is reached from some pieces of code."""

    settings: frozenset[str]
    calls: frozenset[str]
    store: frozenset[tuple[str, str]]
    """(table, operation), with the table's name in the settings."""
    tables: frozenset[str]


def _modules() -> dict[str, Path]:
    files = {"app": ROOT / "app.py"}
    for path in (ROOT / "chalicelib").rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        files[name.removesuffix(".__init__")] = path
    return files


class _Module:
    """One source file: its imports and its top-level pieces."""

    def __init__(self, name: str, path: Path, known: set[str]) -> None:
        self.name, self._known, tree = name, known, ast.parse(path.read_text())
        self.imports = self.imported(tree.body)
        self.pieces = dict(_pieces(tree))

    def imported(self, nodes: Iterable[ast.AST]) -> dict[str, str]:
        """What the import statements among `nodes` bring, by the name it has here: a module, or `module:name`."""
        found: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("chalicelib"):
                for one in node.names:
                    whole = f"{node.module}.{one.name}"
                    found[one.asname or one.name] = whole if whole in self._known else f"{node.module}:{one.name}"
        return found

    def inside(self, piece: ast.stmt) -> "_Module":
        """The module as a piece of it sees it, with the imports of its own."""
        seen = copy.copy(self)
        seen.imports = self.imports | self.imported(ast.walk(piece))
        return seen

    def resolve(self, node: ast.expr) -> str | None:
        """The piece `module:name` that an expression names, if it names one."""
        if isinstance(node, ast.Name):
            if node.id in self.pieces:
                return f"{self.name}:{node.id}"
            found = self.imports.get(node.id, "")
            return found if ":" in found else None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = self.imports.get(node.value.id, "")
            return f"{module}:{node.attr}" if module and ":" not in module else None
        return None


def _pieces(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node


def _client(node: ast.AST) -> str | None:
    """The service of an expression `client("service", ...)`."""
    is_client = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "client"
    if is_client and isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value)
    return None


def _calls(module: _Module, piece: ast.stmt) -> Iterator[str]:
    """AWS operations: attributes of clients, and texts handed to functions of a module that opens one by name."""
    services = {service for one in module.pieces.values() for node in ast.walk(one) if (service := _client(node))}
    for node in ast.walk(piece):
        if isinstance(node, ast.Attribute) and (service := _client(node.value)):
            yield f"{service}:{node.attr}"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Call):
            for service in services:
                yield f"{service}:{node.attr}"
        if isinstance(node, ast.Call):
            words = [*node.args, *(one.value for one in node.keywords)]
            for word in (one.value for one in words if isinstance(one, ast.Constant)):
                if isinstance(word, str) and re.fullmatch(r"[a-z_]+", word):
                    yield from (f"{service}:{word}" for service in services)


def _store(module: _Module, piece: ast.stmt) -> Iterator[tuple[str, str]]:
    """Operations on tables, with the row's class, or the function that makes it; "" where the row is a variable."""
    firsts = {id(node.func): node.args[:1] for node in ast.walk(piece) if isinstance(node, ast.Call)}
    for node in ast.walk(piece):
        if isinstance(node, ast.Constant) and node.value == "BatchGetItem":
            yield "", "BatchGetItem"
        if not isinstance(node, ast.Attribute) or node.attr not in _TABLE_CALLS:
            continue
        places = [inner for one in (node.value, *firsts.get(id(node), ())) for inner in ast.walk(one)]
        owners = [found for one in places if isinstance(one, ast.expr) and (found := module.resolve(one))]
        for operation in _TABLE_CALLS[node.attr]:
            yield from ((owner, operation) for owner in owners or [""])


def _facts(module: _Module, piece: ast.stmt) -> Facts:
    names, settings = set(), set()
    for node in ast.walk(piece):
        if isinstance(node, ast.expr) and (found := module.resolve(node)):
            names.add(found)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "settings()":
            settings.add(node.attr)
    return Facts(
        frozenset(names), frozenset(settings), frozenset(_calls(module, piece)), frozenset(_store(module, piece))
    )


@functools.cache
def _code() -> dict[str, Facts]:
    files = _modules()
    modules = {name: _Module(name, path, set(files)) for name, path in files.items()}
    return {
        f"{name}:{piece}": _facts(module.inside(node), node)
        for name, module in modules.items()
        for piece, node in module.pieces.items()
    }


@functools.cache
def _tables() -> dict[str, str]:
    """The name of the table of each class, by `module:Class`."""
    found: dict[str, str] = {}
    for name, path in _modules().items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                for one in node.body:
                    if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "logical_name":
                        found[f"{name}:{node.name}"] = ast.literal_eval(one.value)
    return found


@functools.cache
def _closure(start: frozenset[str]) -> frozenset[str]:
    code, found, waiting = _code(), set[str](), list(start)
    while waiting:
        one = waiting.pop()
        if one in found or one not in code:
            continue
        found.add(one)
        waiting += code[one].names
    return frozenset(found)


def _touched(piece: str) -> Iterator[tuple[str, str]]:
    """(table, operation) of one piece; an operation on a variable is one on every table that the piece can reach."""
    tables, code = _tables(), _code()
    near = _closure(frozenset({piece}))
    for owner, operation in code[piece].store:
        makers = {owner} if owner in tables else code[owner].names if owner in code else frozenset()
        yield from ((tables[one], operation) for one in makers if one in tables)
    if _BATCHES in code[piece].names:
        yield from ((tables[one], "BatchGetItem") for one in code[piece].names if one in tables)
    if piece.startswith(_STORE):
        loose = {
            operation for one in near if one.startswith(_STORE) for owner, operation in code[one].store if not owner
        }
        yield from ((tables[one], operation) for one in near if one in tables for operation in loose)


def _by_registry(pieces: frozenset[str]) -> set[tuple[str, str]]:
    if _REGISTRY not in pieces:
        return set()
    code, tables = _code(), _tables()
    done = {found for one in pieces if one.startswith(_OF_REGISTRY) for owner, found in code[one].store if not owner}
    return {(tables[one], operation) for one in code[_REGISTRY].names if one in tables for operation in done}


def reached(start: frozenset[str]) -> Reached:
    """All that the pieces `start` and whatever they name can do."""
    pieces = _closure(start)
    code, tables = _code(), _tables()
    return Reached(
        settings=frozenset().union(*(code[one].settings for one in pieces)),
        calls=frozenset().union(*(code[one].calls for one in pieces)),
        store=frozenset(pair for one in pieces for pair in _touched(one)) | _by_registry(pieces),
        tables=frozenset(tables[one] for one in pieces if one in tables),
    )


def of_function(handler: str) -> Reached:
    """What the Lambda function `app.<name>` can reach; `app.app` is the API."""
    name = handler.removeprefix("app.")
    if name != "app":
        return reached(frozenset({f"app:{name}"}))
    views = {one for one in _code() if one.startswith("chalicelib.api.")}
    return reached(frozenset(views | {"app:tell_problems"}))
