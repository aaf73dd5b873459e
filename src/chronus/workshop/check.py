"""Reads a user's file without running it: what is not plainly a module is refused, with its line and what to do.

Only what is named here passes: a first sentence, imports of the words of the trade, constants, functions, one declaration. Inside
functions: names, numbers, arithmetic, comparisons, calls by name, `if` and `for ... in range(...)`.
"""
import ast
import builtins

from chronus import limits
from chronus.workshop.words import BUILTINS, IMPORTS, INSTEAD, PORTS, SENTENCE, WANTED_SENTENCE, WorkshopError, meant

EXPRESSIONS = (ast.Name, ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Attribute,
               ast.Subscript, ast.keyword, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)
STATEMENTS = (ast.Assign, ast.AugAssign, ast.Return, ast.If, ast.For, ast.Pass)
SPOKEN = {ast.While: "`while`: a formula takes the same time for every frame, so loop with `for i in range(4)`",
          ast.Try: "`try`: arithmetic raises nothing", ast.With: "`with`", ast.Lambda: "`lambda`: write a function with a name",
          ast.ClassDef: "a class: a module is a function and its declaration", ast.FunctionDef: "a function inside a function",
          ast.Global: "`global`: what lasts from frame to frame is `state()`", ast.Delete: "`del`", ast.Raise: "`raise`",
          ast.Assert: "`assert`", ast.Import: "an import inside a function", ast.ImportFrom: "an import inside a function",
          ast.AsyncFunctionDef: "`async`", ast.NamedExpr: "`:=`", ast.JoinedStr: "text", ast.Starred: "`*`"}


def check_source(text: str, name: str) -> ast.Module:
    """The syntax tree of a file that may be run. Raises WorkshopError."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise WorkshopError(f"this is no Python: {error.msg}", error.lineno) from None
    except (ValueError, RecursionError, MemoryError):
        raise WorkshopError("this is no Python that can be read: it is nested too deeply, or not text") from None
    if not SENTENCE.match((ast.get_docstring(tree, clean=False) or "").strip()):
        raise WorkshopError(f"the file begins with {WANTED_SENTENCE}", 1)
    known = set(BUILTINS)
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    for node in tree.body[1:]:
        known |= _top(node, known, set(functions), name)
    declared = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    if name not in functions:
        raise WorkshopError(f"the file holds no function `{name}`, which it is named after{meant(name, functions)}")
    if [node.name for node in declared] != [name]:
        line = next((n.lineno for n in declared if n.name != name), next(n.lineno for n in tree.body if getattr(n, "name", "") == name))
        raise WorkshopError(f"`@module(...)` stands above `{name}`, which the file is named after, and nowhere else", line)
    return tree


def _top(node, known, functions, name) -> set[str]:
    """Checks one statement of the file; the names that it makes known."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return _import(node)
    if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
        _expression(node.value, known, texts=True)
        return {target.id for target in node.targets}
    if isinstance(node, ast.FunctionDef):
        _function(node, known | functions, name)
        return {node.name}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return set()
    raise _refusal(node, "between its functions a module has only imports and constants such as `LOUDEST = 0.9`")


def _import(node) -> set[str]:
    allowed = ", ".join(IMPORTS)
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name != "math" or alias.asname:
                raise WorkshopError(f"`import {alias.name}` is not for modules: they may import from {allowed}", node.lineno)
        return {"math"}
    source = "." * node.level + (node.module or "")
    if source not in IMPORTS:
        raise WorkshopError(f"`from {source} import` is not for modules: they may import from {allowed}", node.lineno)
    for alias in node.names:
        if alias.name not in IMPORTS[source]:
            raise WorkshopError(f"a module finds no '{alias.name}' in {source}{meant(alias.name, IMPORTS[source])}", alias.lineno)
    return {alias.asname or alias.name for alias in node.names}


def _function(node: ast.FunctionDef, known: set[str], name: str) -> None:
    arguments = node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        raise WorkshopError(f"`{node.name}` takes plain arguments only, without * and /", node.lineno)
    for decorator in node.decorator_list:
        if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "module"):
            raise WorkshopError("the only thing above a function is `@module(...)`", decorator.lineno)
        _expression(decorator, known, texts=True)
    if node.name == name or node.decorator_list:
        _ports(node, known)
    elif node.args.defaults:
        raise WorkshopError(f"the arguments of `{node.name}` have no defaults; only those of the module `{name}` do", node.lineno)
    if len(list(ast.walk(node))) > limits.MODULE_FILE_BYTES // 4:
        raise WorkshopError(f"`{node.name}` is too long for one frame of one module", node.lineno)
    local = {a.arg for a in arguments.args} | {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for statement in node.body:
        _statement(statement, known | local, node.name)
    if not isinstance(node.body[-1], ast.Return):
        raise WorkshopError(f"`{node.name}` ends with `return`", node.body[-1].lineno)


def _ports(node: ast.FunctionDef, known: set[str]) -> None:
    """The arguments of the formula are declarations."""
    given = node.args.defaults
    if len(given) != len(node.args.args):
        bare = node.args.args[len(node.args.args) - len(given) - 1] if len(node.args.args) > len(given) else node
        raise WorkshopError(f"'{bare.arg}' says what it is: `{bare.arg}=inlet()`, `ratio(0.5)`, `state()` ...", bare.lineno)
    for argument, value in zip(node.args.args, given):
        call = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
        if call not in PORTS:
            raise WorkshopError(f"'{argument.arg}' is one of {', '.join(sorted(PORTS))}{meant(call, PORTS)}", value.lineno)
        _expression(value, known, texts=True)


def _statement(node, known: set[str], function: str) -> None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if not isinstance(node, STATEMENTS) or isinstance(node, ast.Return) and node.value is None:
        raise _refusal(node, "it has no effect on the sound" if isinstance(node, ast.Expr) else "a formula has no use for this")
    if isinstance(node, ast.For) and not _is_call(node.iter, "range"):
        raise WorkshopError("a loop counts: `for i in range(4):`", node.lineno)
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.stmt):
            _statement(part, known, function)
        else:
            _expression(part, known, function=function)


def _is_call(node, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _expression(top, known: set[str], texts: bool = False, function: str = "") -> None:
    """Refuses all but arithmetic on known names; `texts` lets strings pass, as in a declaration."""
    for node in ast.walk(top):
        line = getattr(node, "lineno", top.lineno)
        if not isinstance(node, EXPRESSIONS):
            raise _refusal(node, "a formula is arithmetic", line)
        if isinstance(node, ast.Name):
            _name(node, known, function)
        elif isinstance(node, ast.Attribute):
            if not isinstance(node.value, ast.Name) or node.value.id != "math" or node.attr not in IMPORTS["math"]:
                raise WorkshopError(f"'.{node.attr}' is not for modules: values are lanes, and have no parts", line)
        elif isinstance(node, ast.Call):
            if _is_call(node, function):
                raise WorkshopError(f"`{function}` calls itself; a formula takes the same time for every frame", line)
            if not isinstance(node.func, (ast.Name, ast.Attribute)):
                raise WorkshopError("only what has a name can be called", line)
        elif isinstance(node, ast.Constant) and not isinstance(node.value, (bool, int, float)):
            if not texts or not isinstance(node.value, (str, type(None))):
                raise WorkshopError(f"{node.value!r} is no number", line)


def _name(node: ast.Name, known: set[str], function: str) -> None:
    if node.id in known:
        return
    if node.id in INSTEAD:
        raise WorkshopError(f"for lanes '{node.id}' is called '{INSTEAD[node.id]}': import it from chronus.dsp.lanes", node.lineno)
    if node.id.startswith("__") or hasattr(builtins, node.id):
        raise WorkshopError(f"'{node.id}' is not for modules: they have no files, no network and no clock, only their inputs and state",
                            node.lineno)
    source = next((module for module, names in IMPORTS.items() if node.id in names), None)
    hint = f"; it can be imported from {source}" if source else meant(node.id, known)
    raise WorkshopError(f"'{node.id}' is not defined{hint}", node.lineno)


def _refusal(node, reason: str, line: int | None = None) -> WorkshopError:
    spoken = next((words for kind, words in SPOKEN.items() if isinstance(node, kind)), None)
    return WorkshopError(f"a module has no {spoken}" if spoken else f"this is not for modules: {reason}",
                         getattr(node, "lineno", line))


def line_of(tree: ast.Module, message: str, name: str) -> int | None:
    """The line of the first 'word' of a message that is an argument, a keyword or a name in the file; else that of the module."""
    words = message.split("'")[1::2]
    for word in words:
        for node in ast.walk(tree):
            if word == getattr(node, "arg", None):
                return node.lineno
    for word in words:
        for node in ast.walk(tree):
            if isinstance(node, (ast.Name, ast.Constant)) and word == getattr(node, "id", getattr(node, "value", None)):
                return node.lineno
    return next((n.lineno for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
