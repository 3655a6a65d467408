"""Frozen values: ``dataclasses.dataclass(frozen=True, slots=True)``, written when it is used.

A build imports a hundred classes of values. To write and to compile six methods for each of them
is a third of what all its imports take, and most are never called. What these classes do is what
those of the standard library do; a test holds them to it.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 # for others to import
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """A class decorator; there is but one kind of values."""
        if not (frozen and slots):
            raise TypeError("a value is frozen, and has slots")
        return _value


class _Field(NamedTuple):
    """A field as it was declared, and which methods look at it."""

    name: str
    declared: Any
    default: Any = MISSING
    make: Any = MISSING
    shown: bool = True
    compared: bool = True
    hashed: bool = True


class _Fields:
    """``__dataclass_fields__``: what ``replace``, ``fields`` and their like ask for."""

    def __init__(self, declared: dict[str, Any]) -> None:
        self._declared = declared

    def __set_name__(self, kind: type, name: str) -> None:
        self._kind = kind

    def __get__(self, _: object, kind: type | None = None) -> Any:
        shadow = type("_", (), self._declared)
        found = vars(dataclasses.dataclass(init=False, repr=False, eq=False)(shadow))[_FIELDS]
        type.__setattr__(self._kind, _FIELDS, found)
        return found


_FIELDS, _OURS = "__dataclass_fields__", "__fields_of_value__"
_PARAMS = vars(dataclasses.dataclass(frozen=True)(type("_", (), {"__doc__": ""})))[
    "__dataclass_params__"
]


def _value(kind: type) -> type:
    """The class again, with slots for its fields, and methods that are made of these."""
    types, given = dict(kind.__annotations__), dict(vars(kind))
    found: dict[str, _Field] = {one.name: one for one in getattr(kind, _OURS, ())}
    if hasattr(kind, _FIELDS) and not found:
        raise TypeError(f"{kind.__qualname__} is made of what is no value")
    slots = tuple(name for name in types if name not in found)
    found |= {name: _field(name, given.pop(name, MISSING)) for name in types}
    fields = tuple(found.values())
    declared = {one.name: one.declared for one in fields if one.declared is not MISSING}
    told = {one.name: types.get(one.name, Any) for one in fields}
    for name in ("__dict__", "__weakref__"):
        given.pop(name, None)
    methods: dict[str, Any] = {
        "__init__": _Init(fields),
        "__repr__": _repr([one.name for one in fields if one.shown]),
        "__eq__": _eq([one.name for one in fields if one.compared]),
        "__hash__": _hash([one.name for one in fields if one.hashed]),
        "__match_args__": tuple(found),
    }
    always: dict[str, Any] = {
        "__slots__": slots,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__getstate__": _state,
        "__setstate__": _set_state,
        "__dataclass_params__": _PARAMS,
        _FIELDS: _Fields({**declared, "__annotations__": told, "__module__": kind.__module__}),
        _OURS: fields,
    }
    made = type(kind)(kind.__name__, kind.__bases__, {**methods, **given, **always})
    made.__qualname__ = kind.__qualname__
    return made


def _field(name: str, declared: Any) -> _Field:
    if not isinstance(declared, dataclasses.Field):
        return _Field(name, declared, declared)
    if not declared.init or declared.kw_only is True:
        raise TypeError(f"{name} is no plain field")
    hashed = declared.compare if declared.hash is None else declared.hash
    more = (declared.repr, declared.compare, hashed)
    return _Field(name, declared, declared.default, declared.default_factory, *more)


class _Init:
    """``__init__``, written when the first one is made; from then on it is a function as any."""

    def __init__(self, fields: Sequence[_Field]) -> None:
        self._fields = fields

    def __set_name__(self, kind: type, name: str) -> None:
        self._kind = kind

    def __get__(self, one: object, kind: type | None = None) -> Any:
        written = _init(self._fields)
        written.__qualname__ = f"{self._kind.__qualname__}.__init__"
        type.__setattr__(self._kind, "__init__", written)
        return written.__get__(one, kind)


def _init(fields: Sequence[_Field]) -> Any:
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    heads, lines = ["self"], [" pass"]
    for number, one in enumerate(fields):
        value = one.name
        if one.make is not MISSING:
            known[f"_make_{number}"] = one.make
            heads.append(f"{one.name}=_missing")
            value = f"_make_{number}() if {one.name} is _missing else {one.name}"
        elif one.default is not MISSING:
            known[f"_default_{number}"] = one.default
            heads.append(f"{one.name}=_default_{number}")
        else:
            heads.append(one.name)
        lines.append(f" _set(self, {one.name!r}, {value})")
    exec(f"def __init__({', '.join(heads)}):\n" + "\n".join(lines), known)  # noqa: S102 # our own names
    return known["__init__"]


def _values(names: Sequence[str]) -> Callable[[object], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _repr(names: Sequence[str]) -> Callable[[object], str]:
    def shown(self: object) -> str:
        told = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{self.__class__.__qualname__}({told})"

    return shown


def _eq(names: Sequence[str]) -> Callable[[object, object], Any]:
    values = _values(names)

    def equals(self: object, other: object) -> Any:
        same = other.__class__ is self.__class__
        return values(self) == values(other) if same else NotImplemented

    return equals


def _hash(names: Sequence[str]) -> Callable[[object], int]:
    values = _values(names)

    def hashed(self: object) -> int:
        return hash(values(self))

    return hashed


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"{type(self).__qualname__}.{name} stays as it is")


def _names(one: object) -> Sequence[str]:
    return [field.name for field in getattr(type(one), _OURS)]


def _state(self: object) -> list[Any]:
    return [getattr(self, name) for name in _names(self)]


def _set_state(self: object, state: Sequence[Any]) -> None:
    for name, value in zip(_names(self), state, strict=True):
        object.__setattr__(self, name, value)
