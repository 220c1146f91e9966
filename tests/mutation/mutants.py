"""Wrong versions of a module: one operator, comparison, constant, condition or value changed.

Only what stands inside functions is changed; docstrings and annotations are left alone.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NAMESAKES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One wrong version: the line, what stood there and what stands there now."""

    line: int
    before: str
    after: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """What was changed, without its line: lines move."""
        return f"{self.before} → {self.after}"


def mutants(source: str) -> Iterator[Mutant]:
    """All wrong versions of a source, in its order."""
    tree = ast.parse(source)
    nodes = list(_inside(tree))
    for place, node in enumerate(nodes):
        for change in range(len(_changed(node))):
            wrong = copy.deepcopy(tree)
            twin = list(_inside(wrong))[place]
            fresh = _changed(twin)[change]
            before, after = ast.unparse(twin), ast.unparse(fresh)
            place_of = twin.target if isinstance(twin, ast.comprehension) else twin
            line = getattr(place_of, "lineno", 0)
            _Swap(twin, fresh).visit(wrong)
            yield Mutant(line, before, after, ast.fix_missing_locations(wrong))


def _inside(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes that run when a function is called, without docstrings and annotations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not _is_nested(tree, node):
            for statement in node.body:
                yield from _running(statement)


def _is_nested(tree: ast.Module, function: ast.FunctionDef) -> bool:
    return any(
        other is not function and function in ast.walk(other)
        for other in ast.walk(tree)
        if isinstance(other, ast.FunctionDef)
    )


def _running(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.arguments):
        return
    yield node
    skipped = {"annotation", "returns"}
    for name, value in ast.iter_fields(node):
        if name not in skipped:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _running(child)


class _Swap(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """See `ast.NodeTransformer`."""
        if node is self.old:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def _changed(node: ast.AST) -> list[ast.AST]:
    """The wrong versions of one node, without its children's."""
    match node:
        case ast.Compare(ops=[op]):
            return [_with(node, ops=[other()]) for other in COMPARISONS[type(op)]]
        case ast.BinOp() if type(node.op) in OPERATORS:
            return [_with(node, op=OPERATORS[type(node.op)]())]
        case ast.AugAssign() if type(node.op) in OPERATORS:
            return [_with(node, op=OPERATORS[type(node.op)]())]
        case ast.BoolOp():
            return _of_conditions(node)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            return [node.operand]
        case ast.Constant():
            return [ast.Constant(value) for value in _other_values(node.value)]
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.If() | ast.While():
            return [_with(node, test=ast.UnaryOp(ast.Not(), node.test))]
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            return [ast.Return(ast.Constant(None))]
        case ast.Assign() if not _is_none(node.value):
            return [_with(node, value=ast.Constant(None))]
        case ast.Call(func=ast.Name(id=name)) if name in NAMESAKES:
            return [_with(node, func=ast.Name(NAMESAKES[name], ast.Load()))]
        case ast.comprehension(ifs=[_, *_]):
            return [
                _with(node, ifs=[other for other in node.ifs if other is not one])
                for one in node.ifs
            ]
    return []


def _of_conditions(node: ast.BoolOp) -> list[ast.AST]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    found: list[ast.AST] = [ast.BoolOp(other, node.values)]
    for left_out in node.values:
        rest = [value for value in node.values if value is not left_out]
        found.append(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
    return found


def _other_values(value: object) -> list[bool | int | str]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, str):
        return [f"{value}?"]
    return []


def _is_none(value: ast.AST) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with other fields; the children stay the same objects."""
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin
