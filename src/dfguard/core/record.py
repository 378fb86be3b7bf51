"""Class bodies to frozen, slotted records: what `dataclass(frozen=True, slots=True)` gives, without its start-up cost.

Importing `dataclasses` takes about 19 ms (it pulls in `inspect`) and each frozen slotted class about 0.9 ms,
because its methods are compiled at import; a linter that is run on every commit cannot spend its whole
time there. A `Record` is made in a few microseconds, and type checkers treat it as a frozen dataclass
(PEP 681, `typing.dataclass_transform`).
"""

from __future__ import annotations

from operator import attrgetter
from types import CodeType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, dataclass_transform
else:

    def dataclass_transform(**_: bool) -> object:
        """Say nothing at run time: importing `typing` takes 7 ms."""
        return lambda made: made


_templates: dict[int, CodeType] = {}


@dataclass_transform(frozen_default=True, eq_default=True)
class RecordType(type):
    """The metaclass: annotations become slots and positional-or-keyword parameters, in order."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> RecordType:
        """Make the class; a field's default is the value assigned in the class body (it must be immutable)."""
        own = tuple(
            n for n, t in namespace.get("__annotations__", {}).items() if not str(t).startswith("ClassVar")
        )
        inherited: tuple[str, ...] = ()
        defaults: dict[str, Any] = {}
        for base in bases:
            inherited += getattr(base, "_fields", ())
            defaults |= getattr(base, "_defaults", {})
        defaults |= {n: namespace.pop(n) for n in own if n in namespace}
        fields = inherited + own
        namespace |= {"__slots__": own, "_fields": fields, "_defaults": defaults, "__match_args__": fields}
        namespace["__init__"] = _first
        made = super().__new__(mcs, name, bases, namespace)
        made._values = _reader(fields)  # type: ignore[attr-defined]
        return made


def _first(record: Record, *args: Any, **kwargs: Any) -> None:
    """The constructor of a class that was never called: it makes the real one, which is as fast as one written by hand."""
    made = type(record)
    fields, defaults = made._fields, made._defaults  # type: ignore[attr-defined]
    if len(fields) not in _templates:
        _templates[len(fields)] = _template(len(fields))
    code = _templates[len(fields)].replace(
        co_varnames=("self", *fields), co_qualname=f"{made.__qualname__}.__init__"
    )
    setters = {f"set{at}": getattr(made, name).__set__ for at, name in enumerate(fields)}
    made._positions = {name: at for at, name in enumerate(fields)}  # type: ignore[attr-defined]
    optional = tuple(defaults[name] for name in fields if name in defaults)
    made.__init__ = FunctionType(code, setters, "__init__", optional)  # type: ignore[method-assign]
    made.__init__(record, *args, **kwargs)


def _template(count: int) -> CodeType:
    """The code of a constructor with that many fields; compiling takes longer than changing the names in it."""
    space: dict[str, Any] = {}
    exec(f"def __init__{_text(count)}", space)  # noqa: S102  the text is made here, of numbers
    code: CodeType = space["__init__"].__code__
    return code


def ready_made() -> str:
    """The text of the templates for as many fields as there are in records now, for the bundle."""
    counts = range(32)
    made = "".join(f"\ndef _of{count}{_text(count)}" for count in counts)
    return f"{made}\n_templates |= {{{', '.join(f'{count}: _of{count}.__code__' for count in counts)}}}\n"


def _text(count: int) -> str:
    names = "".join(f", a{at}" for at in range(count))
    body = "".join(f"\n    set{at}(self, a{at})" for at in range(count))
    return f"(self{names}):{body or ' pass'}"


def _reader(fields: tuple[str, ...]) -> staticmethod[..., tuple[Any, ...]]:
    if len(fields) > 1:
        return staticmethod(attrgetter(*fields))
    if fields:
        (only,) = fields
        return staticmethod(lambda record: (getattr(record, only),))
    return staticmethod(lambda _record: ())


class Record(metaclass=RecordType):
    """Base of every data type: compared and hashed by its fields, never changed (see `replace`)."""

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a record is frozen."""
        raise AttributeError(f"{type(self).__name__} is frozen; use replace() to change {name!r}")

    def __delattr__(self, name: str) -> None:
        """Refuse: a record is frozen."""
        raise AttributeError(f"{type(self).__name__} is frozen; {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        """Equal when of the same class with equal fields."""
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return bool(self._values(self) == self._values(other))  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        """Hash of class and fields; all fields must be hashable."""
        return hash((type(self), self._values(self)))  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        """The call that would make it."""
        pairs = zip(self._fields, self._values(self), strict=True)  # type: ignore[attr-defined]
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        """Pickle and copy as the call that would make it."""
        return type(self), self._values(self)  # type: ignore[attr-defined]


if TYPE_CHECKING:
    R = TypeVar("R", bound=Record)


def replace(record: R, **changes: object) -> R:
    """The same record with some fields changed; raise TypeError for an unknown field."""
    made = type(record)
    fields, positions = list(record._values(record)), made._positions  # type: ignore[attr-defined]
    for name, value in changes.items():
        if name not in positions:
            raise TypeError(f"{made.__name__} has no field {name!r}")
        fields[positions[name]] = value
    return made(*fields)


def values(record: Record) -> dict[str, Any]:
    """Field names to values, in order (the record itself is not walked)."""
    return dict(zip(record._fields, record._values(record), strict=True))  # type: ignore[attr-defined]
