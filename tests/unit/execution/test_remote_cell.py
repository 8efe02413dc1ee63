"""What travels to a worker and back: the study, a request, a line of JSON. Nothing is built."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
from pathlib import Path

import pytest
from fakes import KEY, made_up_cell, made_up_plan, plain_commands, run_settings

from tfcompat.environments import interpreters
from tfcompat.execution import cell_process, cell_program, remote_cell
from tfcompat.execution.cell_program import Reporter
from tfcompat.execution.cell_record import run_keys
from tfcompat.execution.remote_cell import (
    CellRequest,
    fulfil,
    pack_study,
    read_reply,
    refusal_line,
    reply_line,
    unpack_study,
)
from tfcompat.execution.worker_facts import own_tool
from tfcompat.execution.workspace import StudyCopy, take_copy
from tfcompat.results.schema import Run, example_of, from_document, to_document
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

A = "ex/a.py"


@pytest.fixture
def copy(tmp_path: Path) -> StudyCopy:
    study = tmp_path / "study"
    (study / "ex" / "data").mkdir(parents=True)
    (study / "ex" / "a.py").write_text("import foo\n", encoding="utf-8")
    (study / "ex" / "data" / "ä.bin").write_bytes(b"\0\1")
    (study / "ex" / "run.sh").write_text("true\n", encoding="utf-8")
    (study / "ex" / "run.sh").chmod(0o755)
    (study / "large").write_bytes(bytes(100))
    return take_copy(study, ["ex"], tmp_path / "copy")


def request(tmp_path: Path, **other: object) -> CellRequest:
    cell = made_up_plan(tmp_path, (A,), {}).cells[0]
    content = {
        "tool": own_tool(),
        "cell": cell,
        "settings": run_settings(),
        "commands": plain_commands((A,)),
        "keys": {A: KEY},
        "stored": None,
        "wanted": {A: 1},
        "costs": {},
        "index": "https://index.example",
        "offline": True,
        "disk": 10**9,
        "jobs": 1,
    }
    return CellRequest(**{**content, **other})  # type: ignore[arg-type]


def answer(asked: CellRequest, study: bytes = b"") -> Cause:
    line = fulfil(asked.to_bytes(), study, Reporter(io.BytesIO()))
    reply = read_reply(line, Path("cell.json"))
    assert reply.unknown is not None
    return reply.unknown


def test_a_study_arrives_as_it_was(copy: StudyCopy, tmp_path: Path) -> None:
    packed = pack_study(copy)
    arrived = unpack_study(packed, tmp_path / "arrived")
    assert arrived.hashes == copy.hashes
    assert (arrived.folder / "ex" / "run.sh").stat().st_mode & 0o777 == 0o755
    own, other = (one / "ex" / "a.py" for one in (copy.folder, arrived.folder))
    assert int(own.stat().st_mtime) == int(other.stat().st_mtime)
    # By content: the same files are the same archive, and nothing else travels.
    assert pack_study(arrived) == packed
    assert b"large" not in packed


@pytest.mark.parametrize(
    ("name", "kind"),
    [("../a.py", tarfile.REGTYPE), ("/a.py", tarfile.REGTYPE), ("a.py", tarfile.SYMTYPE)],
)
def test_an_archive_that_leads_elsewhere_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, "../a.py"
        archive.addfile(entry)
    (tmp_path / "in").mkdir()
    with pytest.raises(tarfile.TarError, match="no file of one"):
        unpack_study(packed.getvalue(), tmp_path / "in" / "arrived")
    assert not (tmp_path / "in" / "a.py").exists()


def test_keys_are_the_same_where_the_study_has_arrived(copy: StudyCopy, tmp_path: Path) -> None:
    arrived = unpack_study(pack_study(copy), tmp_path / "arrived")
    keys = [run_keys(one, plain_commands((A,)), run_settings()) for one in (copy, arrived)]
    assert keys[0] == keys[1]
    other = run_keys(copy, plain_commands((A,)), run_settings(), ("sse",))
    assert other[A].partition(":")[0] == keys[0][A].partition(":")[0]
    assert other != keys[0]


def test_a_request_survives_its_way(tmp_path: Path) -> None:
    asked = request(tmp_path)
    assert pickle.loads(asked.to_bytes()) == asked  # noqa: S301 - this test has made it


def test_a_reply_survives_its_way(tmp_path: Path) -> None:
    example = example_of([Run(retval=0, seconds=1, output=["ä\n"])] * 2, key=KEY)
    # As it is read: JSON has no tuples.
    document = json.loads(
        json.dumps(to_document(made_up_cell(request(tmp_path).cell, {A: example})))
    )
    made = from_document(document, tmp_path)
    assert read_reply(reply_line(made, None), tmp_path).result == made
    unknown = made.model_copy(update={"verdict": Verdict.UNKNOWN, "examples": {}})
    reply = read_reply(reply_line(unknown, made), tmp_path)
    assert (reply.result, reply.runs) == (unknown, made)
    refused = read_reply(refusal_line(CauseKind.DISK, "full"), tmp_path)
    assert refused.unknown == Cause(kind=CauseKind.DISK, message="full")


def test_another_release_is_refused(tmp_path: Path) -> None:
    assert "another release of tfcompat" in answer(request(tmp_path, tool="0.0 x")).message


def test_a_python_that_is_gone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "find", lambda folder: ((), (folder,)))
    assert answer(request(tmp_path)).kind is CauseKind.NO_INTERPRETER


def test_a_processor_of_another_class_is_refused(
    tmp_path: Path, copy: StudyCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = request(tmp_path)
    found = ((asked.cell.interpreter,), ())
    monkeypatch.setattr(interpreters, "find", lambda folder: found)  # noqa: ARG005
    assert "another class" in answer(asked, pack_study(copy)).message


@pytest.mark.parametrize(("number", "kind"), [(28, CauseKind.DISK), (5, CauseKind.TOOL)])
def test_what_the_machine_prevents_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: CauseKind
) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(number, "told")

    monkeypatch.setattr(remote_cell, "_fulfil", fail)
    assert answer(request(tmp_path)).kind is kind


def test_lines_are_calls_or_the_answer() -> None:
    out, called = io.BytesIO(), []
    reporter = Reporter(out)
    reporter.stage("cell", "building")
    reporter.running("cell", 1, 2)
    reporter.ran("cell", "ex/ä.py")
    reporter.left("cell")
    reporter.say("a line")
    reporter.write(b'{"result":{}}')
    lines = out.getvalue().splitlines()
    answers = [cell_process._line(line, lambda *call: called.append(call)) for line in lines]
    assert answers == [b""] * 5 + [b'{"result":{}}']
    assert called == [
        ("stage", ["cell", "building", 0]),
        ("running", ["cell", 1, 2]),
        ("ran", ["cell", "ex/ä.py"]),
        ("left", ["cell"]),
        ("say", ["a line"]),
    ]


def test_parts_of_the_input_are_as_long_as_they_say() -> None:
    parts = (b"request", b"", bytes(1000))
    stream = io.BytesIO(b"".join(len(p).to_bytes(cell_program.LENGTH, "big") + p for p in parts))
    assert tuple(cell_program._part(stream) for _ in parts) == parts


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        (-9, b"", "ended with signal 9"),
        (1, b"Traceback\nMemoryError\n", "ended with exit code 1: MemoryError"),
    ],
)
def test_a_process_without_an_answer(code: int, words: bytes, said: str) -> None:
    assert cell_process._ending(code, words).endswith(said)
    assert json.loads(refusal_line(CauseKind.TOOL, said))["refused"]["message"] == said
