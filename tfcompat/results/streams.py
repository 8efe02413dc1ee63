"""What runs print, held packed where it is much: noisy runs are many, and few lines are looked at.

A string of Python takes some 60 bytes beside its letters, and a line of a log has about as many.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, overload
from weakref import WeakValueDictionary

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import GetCoreSchemaHandler

# Characters up to which a stream stays as it is: most scripts print less.
_SMALL = 4096
# The fastest; logs of numbers have half the size by any.
_LEVEL = 1


class PackedLines(Sequence[str]):
    """The lines of a stream, unpacked each time that they are read; equal to a list of them.

    ``digest`` identifies their text.
    """

    __slots__ = ("__weakref__", "_count", "_packed", "digest")

    def __init__(self, encoded: bytes, count: int, digest: bytes) -> None:
        self._count = count
        self._packed = zlib.compress(encoded, _LEVEL)
        self.digest = digest

    def __len__(self) -> int:
        """Return how many lines there are."""
        return self._count

    def __iter__(self) -> Iterator[str]:
        """Yield the lines, with their ends."""
        return _cut(zlib.decompress(self._packed).decode("utf-8", "surrogatepass"))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return one line or several; all of them are unpacked for it."""
        return list(self)[index]

    def __eq__(self, other: object) -> bool:
        """Tell whether the lines are equal, packed or in a list."""
        if isinstance(other, PackedLines):
            return self.digest == other.digest
        return isinstance(other, list) and len(other) == len(self) and list(self) == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show how many lines there are."""
        return f"<{self._count} lines>"


def _encoded(text: str) -> bytes:
    # JSON can hold half a surrogate pair.
    return text.encode("utf-8", "surrogatepass")


def _cut(text: str) -> Iterator[str]:
    r"""Yield the lines of a text; each ends with \n, but for what follows the last."""
    begin = 0
    while end := text.find("\n", begin) + 1:
        yield text[begin:end]
        begin = end
    if begin < len(text):
        yield text[begin:]


_reading = Lock()

# What is held already: files are read again and again while their runs are compared.
_known: WeakValueDictionary[bytes, PackedLines] = WeakValueDictionary()


def packed(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines of a stream as they are to be held: packed where that is worth it.

    What another program stored may be cut elsewhere than at the ends of lines: it stays as it is.
    """
    if isinstance(lines, PackedLines) or sum(map(len, lines)) <= _SMALL:
        return lines
    text = "".join(lines)
    if list(_cut(text)) != list(lines):
        return lines
    encoded = _encoded(text)
    digest = hashlib.sha256(encoded).digest()
    known = _known.get(digest)
    if known is None:
        known = _known[digest] = PackedLines(encoded, len(lines), digest)
    return known


def digest_of(lines: Sequence[str]) -> bytes:
    """Return what identifies the text of a stream, in place of that text."""
    if isinstance(lines, PackedLines):
        return lines.digest
    return hashlib.sha256(_encoded("".join(lines))).digest()


@dataclass(frozen=True)
class _Packs:
    """How a field of a record is read and written: a list of texts in JSON, packed in memory."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        del source, handler
        return core_schema.no_info_wrap_validator_function(
            _validated,
            core_schema.list_schema(core_schema.str_schema()),
            serialization=core_schema.plain_serializer_function_ser_schema(_dumped, info_arg=True),
        )


def _validated(value: object, check: core_schema.ValidatorFunctionWrapHandler) -> Sequence[str]:
    return value if isinstance(value, PackedLines) else packed(check(value))


def _dumped(value: Sequence[str], info: core_schema.SerializationInfo) -> Sequence[str]:
    return list(value) if info.mode == "json" else value


Stream: TypeAlias = Annotated[Sequence[str], _Packs()]
"""The type of a field that holds the lines of a stream."""

_STREAMS = ("output", "error")


def read_document(path: Path) -> Any:  # noqa: ANN401 - what JSON holds has no narrower type
    """Return the content of a JSON file that holds runs, with what they printed packed.

    Raises OSError or ValueError where there is none.
    """
    # One at a time: the text of a file is many times as large as what is kept of it.
    with _reading:
        return json.loads(path.read_text(encoding="utf-8"), object_hook=pack_streams)


def pack_streams(content: dict[str, Any]) -> dict[str, Any]:
    """Pack the streams in a part of a JSON document, as soon as it is read."""
    for name in _STREAMS:
        lines = content.get(name)
        if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            content[name] = packed(lines)
    return content
