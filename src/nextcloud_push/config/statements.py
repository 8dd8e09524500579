"""Statements: blocks, conditions, loops, exceptions, declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nextcloud_push.config.callables import declare_function
from nextcloud_push.config.comparison import loosely_equal
from nextcloud_push.config.completion import Break, Completion, Continue, Fatal
from nextcloud_push.config.completion import Return as Returned
from nextcloud_push.config.conversions import to_bool
from nextcloud_push.config.interpreter import FileContext, Interpreter, expression, statement
from nextcloud_push.config.names import Names
from nextcloud_push.config.objects import is_instance
from nextcloud_push.config.places import assign, locate, refer
from nextcloud_push.config.syntax import child, children
from nextcloud_push.config.values import Key, PhpArray, PhpObject, Ref, Thrown, Unknown, Value

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["hoist"]


def hoist(it: Interpreter, nodes: list[Node]) -> None:
    """Declare the functions of a file or namespace before its first statement runs."""
    for node in nodes:
        if node.type == "function_definition":
            declare_function(it, node)


@statement("compound_statement", "colon_block")
def _block(it: Interpreter, node: Node) -> Completion:
    return it.run(children(node))


@statement("php_tag", "text", "text_interpolation", "empty_statement", "named_label_statement")
def _nothing(it: Interpreter, node: Node) -> Completion:
    return None


@statement("expression_statement")
def _expression(it: Interpreter, node: Node) -> Completion:
    it.evaluate(children(node)[0])
    return None


@statement("echo_statement")
def _echo(it: Interpreter, node: Node) -> Completion:
    for part in children(node):
        it.guarded(part)
    return None


@statement("return_statement")
def _return(it: Interpreter, node: Node) -> Completion:
    parts = children(node)
    return Returned(it.guarded(parts[0]) if parts else None)


def _levels(it: Interpreter, node: Node) -> int:
    parts = children(node)
    return int(it.text(parts[0])) if parts else 1


@statement("break_statement")
def _break(it: Interpreter, node: Node) -> Completion:
    return Break(_levels(it, node))


@statement("continue_statement")
def _continue(it: Interpreter, node: Node) -> Completion:
    return Continue(_levels(it, node))


@statement("exit_statement")
def _exit(it: Interpreter, node: Node) -> Completion:
    raise Fatal(Unknown(it.place(node), "“exit” ends PHP here"))


@expression("throw_expression")
def _throw(it: Interpreter, node: Node) -> Value:
    error = it.known(children(node)[0])
    if not isinstance(error, PhpObject):
        raise Thrown.of("Error", "Can only throw objects")
    raise Thrown(error)


@statement("if_statement")
def _if(it: Interpreter, node: Node) -> Completion:
    branches = [node, *node.children_by_field_name("alternative")]
    for branch in branches:
        condition = branch.child_by_field_name("condition")
        if condition is None or to_bool(it.known(condition)):
            return it.execute(child(branch, "body"))
    return None


def _after(completion: Completion) -> tuple[bool, Completion]:
    """Whether a loop ends after its body completed so, and how it completes then."""
    if completion is None:
        return False, None
    if isinstance(completion, Break):
        return True, Break(completion.levels - 1) if completion.levels > 1 else None
    if isinstance(completion, Continue):
        if completion.levels > 1:
            return True, Continue(completion.levels - 1)
        return False, None
    return True, completion


def _body(it: Interpreter, node: Node) -> tuple[bool, Completion]:
    bodies = node.children_by_field_name("body")
    return _after(it.run(bodies))


@statement("while_statement")
def _while(it: Interpreter, node: Node) -> Completion:
    condition = child(node, "condition")
    while to_bool(it.known(condition)):
        ended, completion = _body(it, node)
        if ended:
            return completion
    return None


@statement("do_statement")
def _do(it: Interpreter, node: Node) -> Completion:
    condition = child(node, "condition")
    while True:
        ended, completion = _body(it, node)
        if ended or not to_bool(it.known(condition)):
            return completion


@statement("for_statement")
def _for(it: Interpreter, node: Node) -> Completion:
    start = node.child_by_field_name("initialize")
    condition = node.child_by_field_name("condition")
    update = node.child_by_field_name("update")
    if start is not None:
        it.evaluate(start)
    while condition is None or to_bool(it.known(condition)):
        it.budget.step()
        ended, completion = _body(it, node)
        if ended:
            return completion
        if update is not None:
            it.evaluate(update)
    return None


@statement("foreach_statement")
def _foreach(it: Interpreter, node: Node) -> Completion:
    bodies = _ids(node, "body")
    subject, target = (part for part in children(node) if part.id not in bodies)
    key_target = None
    if target.type == "pair":
        key_target, target = children(target)
    if target.type == "by_ref":
        steps = _by_reference(it, subject, children(target)[0])
    else:
        steps = _by_value(it, subject, target)
    for key in steps:
        it.budget.step()
        if key_target is not None:
            assign(it, key_target, key)
        ended, completion = _body(it, node)
        if ended:
            return completion
    return None


def _by_value(it: Interpreter, subject: Node, target: Node) -> Iterator[Key]:
    """The keys in turn, each value written to the target before; later changes are not seen."""
    items = _iterable(it.known(subject))
    for key, value in list(items.pairs()):
        assign(it, target, value)
        yield key


def _by_reference(it: Interpreter, subject: Node, target: Node) -> Iterator[Key]:
    """The keys in turn, the target bound to each element before; elements may still be added."""
    array = refer(it, subject)
    seen: set[Key] = set()
    while fresh := [key for key in array.open().items if key not in seen]:
        for key in fresh:
            seen.add(key)
            if key in array.open().items:
                locate(it, target).bind(it, array.open().reference(key))
                yield key


def _ids(node: Node, field: str) -> set[int]:
    return {part.id for part in node.children_by_field_name(field)}


def _iterable(value: Value) -> PhpArray:
    if isinstance(value, PhpArray):
        return value
    if isinstance(value, PhpObject):
        return value.properties
    return PhpArray()  # PHP warns and goes on


@statement("switch_statement")
def _switch(it: Interpreter, node: Node) -> Completion:
    subject = it.known(child(node, "condition"))
    cases = children(child(node, "body"))
    start = None
    for index, case in enumerate(cases):
        if case.type == "default_statement":
            continue
        if loosely_equal(subject, it.known(child(case, "value"))):
            start = index
            break
    else:
        defaults = [index for index, case in enumerate(cases) if case.type == "default_statement"]
        start = defaults[0] if defaults else len(cases)
    for case in cases[start:]:
        values = _ids(case, "value")
        completion = it.run([part for part in children(case) if part.id not in values])
        if completion is not None:
            # Inside of switch, “continue” means what “break” means.
            ended, rest = _after(completion)
            return rest if ended else None
    return None


@statement("try_statement")
def _try(it: Interpreter, node: Node) -> Completion:
    clauses = children(node)[1:]
    final = [child(clause, "body") for clause in clauses if clause.type == "finally_clause"]
    try:
        completion = _guarded_body(it, child(node, "body"), clauses)
    except Thrown:
        completion = it.run(final)
        if completion is None:
            raise
        return completion
    return it.run(final) or completion


def _guarded_body(it: Interpreter, body: Node, clauses: list[Node]) -> Completion:
    catches = [clause for clause in clauses if clause.type == "catch_clause"]
    doubtful, completion, error = _attempt(it, children(body))
    if doubtful and not all(map(_ends_php, catches)):
        # What is beyond the evaluator may have thrown: then the rest of the body did not run, and
        # a clause did.
        completion = it.skip(it, [*doubtful, *catches], it.doubt) or completion
        return Returned(it.doubt) if isinstance(completion, Returned) else completion
    if error is None:
        return completion
    for clause in catches:
        if _catches(it, clause, error):
            name = clause.child_by_field_name("name")
            if name is not None:
                assign(it, name, error)
            return it.execute(child(clause, "body"))
    raise Thrown(error)


def _attempt(it: Interpreter, nodes: list[Node]) -> tuple[list[Node], Completion, PhpObject | None]:
    """Run the body of a ``try``: what of it is in doubt, how it ended, and what it threw."""
    doubtful: list[Node] = []
    it.tries += 1
    try:
        for index, node in enumerate(nodes):
            before = it.doubts
            try:
                completion, error = it.execute(node), None
            except Thrown as thrown:
                completion, error = None, thrown.error
            if it.doubts != before:
                doubtful = doubtful or nodes[index:]
            if completion is not None or error is not None:
                return doubtful, completion, error
    finally:
        it.tries -= 1
    return doubtful, None, None


def _ends_php(clause: Node) -> bool:
    """Whether a clause throws or exits at its end: then Nextcloud does not load at all."""
    statements = children(child(clause, "body"))
    last = statements[-1] if statements else clause
    if last.type == "expression_statement":
        return children(last)[0].type == "throw_expression"
    return last.type == "exit_statement"


def _catches(it: Interpreter, clause: Node, error: PhpObject) -> bool:
    types = it.text(child(clause, "type")).split("|")
    return any(is_instance(error, it.file.names.class_(name.strip())) for name in types)


@statement("function_definition")
def _function(it: Interpreter, node: Node) -> Completion:
    declare_function(it, node)
    return None


@statement("const_declaration")
def _const(it: Interpreter, node: Node) -> Completion:
    for element in children(node):
        name, value = children(element)
        it.constants.setdefault(it.file.names.here(it.text(name)), it.guarded(value))
    return None


@statement("unset_statement")
def _unset(it: Interpreter, node: Node) -> Completion:
    for part in children(node):
        locate(it, part).delete(it)
    return None


@statement("global_declaration")
def _global(it: Interpreter, node: Node) -> Completion:
    for part in children(node):
        name = it.raw(part)[1:]
        it.scope.variables[name] = it.globals.ref(name)
    return None


@statement("function_static_declaration")
def _static(it: Interpreter, node: Node) -> Completion:
    for part in children(node):
        name = it.raw(child(part, "name"))[1:]
        ref = it.scope.statics.get(name)
        if ref is None:
            start = part.child_by_field_name("value")
            ref = it.scope.statics[name] = Ref(it.guarded(start) if start is not None else None)
        it.scope.variables[name] = ref
    return None


@statement("declare_statement")
def _declare(it: Interpreter, node: Node) -> Completion:
    for part in children(node):
        if part.type == "declare_directive":
            directive = it.text(part).replace(" ", "").lower()
            if directive == "strict_types=1":
                it.file.strict = True
        else:
            it.execute(part)
    return None


@statement("namespace_definition")
def _namespace(it: Interpreter, node: Node) -> Completion:
    name = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    outer = it.file
    names = Names(it.text(name) if name is not None else "")
    if body is None:
        if names.namespace != outer.names.namespace:
            it.file = FileContext(outer.source, names, outer.strict)
        return None
    it.file = FileContext(outer.source, names, outer.strict)
    try:
        hoist(it, children(body))
        return it.execute(body)
    finally:
        it.file = outer


@statement("namespace_use_declaration")
def _use(it: Interpreter, node: Node) -> Completion:
    parts = children(node)
    prefix = ""
    if parts[-1].type == "namespace_use_group":
        prefix = it.text(parts[0]).strip("\\") + "\\"
        parts = children(parts[-1])
    whole = it.text(node).split()[1].lower()
    for clause in parts:
        kind = clause.child_by_field_name("type")
        alias = clause.child_by_field_name("alias")
        names = [part for part in children(clause) if alias is None or part.id != alias.id]
        full = prefix + it.text(names[-1]).strip("\\")
        short = it.text(alias) if alias is not None else full.rpartition("\\")[2]
        meaning = it.text(kind).lower() if kind is not None else whole
        if meaning == "function":
            it.file.names.functions[short.lower()] = full
        elif meaning == "const":
            it.file.names.constants[short] = full
        else:
            it.file.names.classes[short.lower()] = full
    return None
