"""What a template says in every document is found out once, when it is compiled.

The environment speaks one language for one publication: a message without variables becomes text
of the template, and so does what it prints of the publication. A module of macros that needs
nothing of its caller is made once, not on every page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from functools import cache, cached_property, lru_cache
from itertools import zip_longest
from types import CodeType, FunctionType, MethodType
from typing import Any

from jinja2 import BytecodeCache, Environment, Template, TemplateError, meta, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from feeds.patterns import pattern

_MARK = "jinja_pass_arg"  # what Jinja2's own decorators set
_MESSAGES = {"_", "gettext"}
_VARIABLE = pattern(r"%\((\w+)\)s")
# What a template asked of its environment while it was compiled: an aspect, and what of it.
_Question = tuple[str, str]
_Answers = dict[_Question, object]
# A process that builds after each save meets few templates and fewer publications.
_MOST_TEMPLATES, _MOST_FORMS = 256, 16


# A page says a third of its texts more than once, and all pages of a day, an event, a person.
_escaped_text = lru_cache(maxsize=1024)(escape)


def escaped(value: object) -> str:
    """``value`` as HTML; what is HTML already is handed on as it is."""
    if type(value) is str:
        return _escaped_text(value)
    return value if type(value) is Markup else escape(value)


def unescaped(value: object) -> str:
    """``value``, which is HTML already."""
    return value if type(value) is str else Markup(value)  # noqa: S704 # that was said of it


class _Generator(CodeGenerator):
    """Jinja2's, which calls ``escape`` for each value that is printed, and hands each piece of text
    from one generator to the next, up to whoever joins them. Here each block joins its own."""

    _printed: nodes.Expr | None = None

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self._printed = node
            safe = isinstance(node, nodes.MarkSafe)
            self.write("environment.unescaped(" if safe else "environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_MarkSafe(self, node: nodes.MarkSafe, frame: Frame) -> None:  # noqa: N802
        """``{{ html | safe }}``, which is not marked either when it is printed at once."""
        if node is self._printed:
            self.visit(node.expr, frame)
        else:
            super().visit_MarkSafe(node, frame)

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """The statements of a function, or of a part of it."""
        whole = frame.buffer is None and (frame.rootlevel or frame.block_frame)
        if whole:
            self.buffer(frame)
        super().blockvisit(nodes, frame)
        if whole:
            self.writeline(f"yield concat({frame.buffer})")


class _Context(Context):
    """Jinja2's, which asks of whatever is called whether it wants to know the context."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """What a template calls, with its arguments. Functions and methods that were not marked
        for it are given no more."""
        kind = type(called)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif (kind is not MethodType and kind is not FunctionType) or hasattr(called, _MARK):
            return super().call(called, *args, **kwargs)
        if kwargs:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
        return called(*args, **kwargs)


class _Compiled(BytecodeCache):
    """What was compiled in this process, whoever asked for it: the next environment takes it where
    it would get the same answers. ``serve`` builds after each save, with an environment each."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[tuple[_Answers, CodeType], ...]] = {}
        self.macros: dict[str, bool] = {}  # by its text, whether a template has macros alone

    def __len__(self) -> int:
        return len(self._known)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Into ``bucket``, what its environment would compile."""
        answer = bucket.environment.answer  # type: ignore[attr-defined] # a FoldingEnvironment
        for answers, code in self._known.get((bucket.key, bucket.checksum), ()):
            if all(answer(*question) == found for question, found in answers.items()):
                bucket.code = code
                return

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what its environment has compiled."""
        asked = bucket.environment.asked  # type: ignore[attr-defined]
        assert bucket.code is not None
        if len(self._known) >= _MOST_TEMPLATES:
            self._known.clear()
            self.macros.clear()
        key = bucket.key, bucket.checksum
        forms = ((asked[bucket.key], bucket.code), *self._known.get(key, ()))
        self._known[key] = forms[:_MOST_FORMS]


class FoldingEnvironment(Environment):
    """Jinja2's, for one publication in one language. ``say`` translates a message; ``fixed`` are
    names whose attributes never change."""

    compiled = _Compiled()
    code_generator_class = _Generator
    context_class = _Context
    escaped = staticmethod(escaped)
    unescaped = staticmethod(unescaped)
    say: Callable[[str], str]
    fixed: Mapping[str, object]

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 # Jinja2's own hook
    ) -> str:
        folding = _Folding(self, set(_assigned(source)))
        folded = folding.visit(source)
        self.asked[self.compiled.get_cache_key(name or "", filename)] = folding.answers
        return super()._generate(folded, name, filename, defer_init)

    @cached_property
    def asked(self) -> dict[str, _Answers]:
        """What each template was told when it was compiled here, by its key in ``compiled``."""
        return {}

    def answer(self, aspect: str, about: str) -> object:
        """What a template may be made of, beside its own text: what a message is in this language,
        a text that a fixed name leads to (else None), whether a template has macros alone, and
        whether a name is known to all."""
        if aspect == "say":
            return self.say(about)
        if aspect == "fixed":
            name, *attributes = about.split(".")
            value = self.fixed.get(name)
            for attribute in attributes:
                value = getattr(value, attribute, None)
            return value if type(value) is str else None
        return self.modules(about) if aspect == "macros" else about in self.globals

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template knows without being told. A plain dictionary: Jinja2's chain of them is
        walked name by name whenever something is rendered, in case one was added meanwhile."""
        return {**self.globals, **(d or {})}

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 # Jinja2's own name
    ) -> Template:
        """The template of that name, which is asked for several times a page."""
        if globals is not None:
            return super().get_template(name, parent, globals)
        found = self._loaded.get(name)
        if found is None:
            found = self._loaded[name] = super().get_template(name, parent)
        return found

    @cached_property
    def _loaded(self) -> dict[str | Template, Template]:
        return {}

    @cached_property
    def modules(self) -> Callable[[str], bool]:
        """By its name, whether a template has macros alone; looked at once."""
        return cache(self._has_macros_alone)

    def _has_macros_alone(self, name: str) -> bool:
        """Whether a template is nothing but macros that read what every template knows. False too
        for one that is not there or cannot be read: that is said where it is used."""
        assert self.loader is not None
        try:
            source, _, _ = self.loader.get_source(self, name)
            if source in self.compiled.macros:
                return self.compiled.macros[source]
            tree = self.parse(source, name)
        except TemplateError:
            return False
        found = self.compiled.macros[source] = (
            all(isinstance(one, nodes.Macro) or _is_blank(one) for one in tree.body)
            and not any(tree.find_all((nodes.Import, nodes.FromImport, nodes.Include)))
            and not meta.find_undeclared_variables(tree)
        )
        return found


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(one, nodes.TemplateData) and one.data.isspace() for one in node.nodes
    )


def _assigned(tree: nodes.Template) -> Iterator[str]:
    """Names to which a template gives a meaning of its own."""
    for found in tree.find_all(nodes.Name):
        if found.ctx != "load":
            yield found.name
    for imported in tree.find_all((nodes.Import, nodes.Macro)):
        yield getattr(imported, "target", "") or getattr(imported, "name", "")
    for names in tree.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in names.names)


class _Folding(NodeTransformer):
    """Puts values in place of what gives them."""

    def __init__(self, environment: FoldingEnvironment, taken: set[str]) -> None:
        self.environment, self.taken = environment, taken
        self.answers: _Answers = {}

    def _ask(self, aspect: str, about: str) -> Any:
        found = self.answers[aspect, about] = self.environment.answer(aspect, about)
        return found

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 # named after the node
        """``_("…")``, with variables or without."""
        self.generic_visit(node)
        called = node.node
        message = node.args[0] if len(node.args) == 1 else None
        if (
            not isinstance(called, nodes.Name)
            or called.name not in _MESSAGES - self.taken
            or not isinstance(message, nodes.Const)
            or not isinstance(message.value, str)
            or node.dyn_args is not None
            or node.dyn_kwargs is not None
        ):
            return node
        said: str = self._ask("say", message.value)
        if not node.kwargs:
            try:
                return _text(said % {}, node)
            except (TypeError, ValueError, KeyError):
                return node  # a stray %, said where it is printed
        values = nodes.Dict(
            [nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs], lineno=node.lineno
        )
        return nodes.Mod(_text(said, node), values, lineno=node.lineno)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        """``html | safe``."""
        self.generic_visit(node)
        if node.name == "safe" and node.node and not (node.args or node.kwargs):
            return nodes.MarkSafe(node.node, lineno=node.lineno)
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802
        """A message with variables, between two pieces of text."""
        self.generic_visit(node)
        node.nodes = [piece for one in node.nodes for piece in _pieces(one)]
        return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        """``publication.title``."""
        path = self._path(node)
        value = self._ask("fixed", path) if path else None
        if value is not None:
            return nodes.Const(value, lineno=node.lineno)
        return self.generic_visit(node)

    def _path(self, node: nodes.Node) -> str:
        """A fixed name and its attributes; empty for what is none."""
        if isinstance(node, nodes.Getattr):
            path = self._path(node.node)
            return path and f"{path}.{node.attr}"
        if isinstance(node, nodes.Name) and node.name not in self.taken:
            return node.name if node.name in self.environment.fixed else ""
        return ""

    def visit_Import(self, node: nodes.Import) -> nodes.Node:  # noqa: N802
        """``{% import "macros.html" as m with context %}``."""
        self.generic_visit(node)
        template = node.template
        if (
            node.with_context
            and isinstance(template, nodes.Const)
            and self._ask("macros", str(template.value))
            and not any(self._ask("global", name) for name in sorted(self.taken))
        ):
            node.with_context = False
        return node


def _text(said: str, node: nodes.Node) -> nodes.Expr:
    """Markup in HTML and plain text elsewhere, as gettext gives it."""
    return nodes.MarkSafeIfAutoescape(nodes.Const(said), lineno=node.lineno)


def _pieces(node: nodes.Expr) -> list[nodes.Expr]:
    """What ``_("Talks about %(name)s", name=name)`` prints, one after the other: where each name
    stands once, as it is, and nothing else is exchanged."""
    said, given = getattr(node, "left", None), getattr(node, "right", None)
    if not (isinstance(node, nodes.Mod) and isinstance(given, nodes.Dict)):
        return [node]
    message = said.expr if isinstance(said, nodes.MarkSafeIfAutoescape) else None
    if not isinstance(message, nodes.Const):
        return [node]
    values = {getattr(pair.key, "value", None): pair.value for pair in given.items}
    parts = _VARIABLE.split(message.value)
    if "%" in "".join(parts[::2]) or sorted(parts[1::2]) != sorted(map(str, values)):
        return [node]
    found: list[nodes.Expr] = []
    for text, name in zip_longest(parts[::2], parts[1::2]):
        if text:
            found.append(_text(text, node))
        if name:
            found.append(values[name])
    return found
