"""Who may do what: kinds of principal and every operation, asked of the real server, and of its simulator.

The answers stand in `access_matrix.txt`. A difference fails, is shown, and has a number of its own; if it is meant,
`pytest test_access_matrix.py --accept-access-matrix NUMBER` writes that very difference and no other.
"""

import difflib
import hashlib
import re
from collections import Counter

import botocore.session
import pytest

from harness import ACCOUNT, REPOSITORY, start
from harness.matrix import ELSEWHERE, KINDS, people, rows, user_arn

GOLDEN = REPOSITORY / "tests" / "access_matrix.txt"
EXPLAINED = """\
Who may do what. Made by test_access_matrix.py, which says how it is renewed.

{kinds}

yes             allowed
-               denied: no identity-based policy allows it
explicit        denied: an identity-based policy denies it
boundary        denied: the permissions boundary does not allow it
boundary denies denied: the permissions boundary denies it
unsaid          denied, without a reason
.               root has no name to do this to itself
"""
REASONS = {
    "because no identity-based policy allows the {} action": "-",
    "because no permissions boundary allows the {} action": "boundary",
    "with an explicit deny in an identity-based policy": "explicit",
    "with an explicit deny in a permissions boundary": "boundary denies",
}
# What the simulator answers for a cell: the decision, and whether the boundary allowed it.
SIMULATED = {
    ("allowed", True): "yes",
    ("implicitDeny", True): "-",
    ("explicitDeny", True): "explicit",
    ("implicitDeny", False): "boundary",
    ("explicitDeny", False): "boundary denies",
}


@pytest.fixture(scope="module")
def world():
    server = start(root=True)
    somebodies, others = people(server)
    yield server, somebodies, list(rows(others))
    server.stop()


@pytest.fixture(scope="module")
def enforced(world):
    """What the server answered: cells by row and kind."""
    server, somebodies, table = world
    before = server.contents()
    cells, answers = {}, {}
    for row in table:
        for kind, somebody in somebodies.items():
            if kind == "root" and not row.for_root:
                cells[row, kind] = "."
                continue
            cell, answer = ask(server, somebody, row, row.request)
            cells[row, kind] = cell
            if cell == "yes":
                answers.setdefault(row, {})[kind] = (answer.status, answer.status != 200 and answer.error.code)
                if row.undo:
                    server.ok(*row.undo)
            elif row.change:
                assert ask(server, somebody, row, row.change)[0] == cell, (row, kind)
    assert server.contents() == before, "a request that was denied, or that changes nothing, changed something"
    for row, found in answers.items():
        assert len(set(found.values())) == 1, f"who is allowed gets one answer: {row} {found}"
    return cells


def ask(server, somebody, row, request):
    """The cell that a request shows, and the answer."""
    answer = server.call(row.action, somebody.fill(request), key=somebody.key, service=row.service)
    if answer.status == 200 or answer.error.code != "AccessDenied":
        assert answer.status in (200, 400, 404, 409), answer.body
        return "yes", answer
    caller = f"arn:aws:iam::{ACCOUNT}:root" if somebody.kind == "root" else user_arn(somebody.kind)
    start = f"User: {re.escape(caller)} is not authorized to perform"
    text = start + r"(: \S+| \S+) on resource: (.+?)( (because|with) .*)?"
    found = re.fullmatch(text, answer.error.message)
    assert found, (row, answer.error.message)
    action = found[1].strip(": ")
    assert action in [row.operation, *(action for action, _ in row.also)], (row, answer.error.message)
    if found[3] is None:
        return "unsaid", answer
    reasons = {reason.format(action): cell for reason, cell in REASONS.items()}
    # A managed policy that denies is named.
    reason = re.sub(r": arn:aws:iam::\d+:policy/\S+$", "", found[3].strip())
    return reasons[reason], answer


def test_every_implemented_operation_has_a_row(world):
    _, _, table = world
    missing = (REPOSITORY / "crates" / "wire" / "unimplemented.txt").read_text().split()
    session = botocore.session.get_session()
    operations = {
        f"{service}:{name}" for service in ("iam", "sts") for name in session.get_service_model(service).operation_names
    }
    assert operations - set(missing) - ELSEWHERE.keys() == {row.operation for row in table}


def test_each_row_stands_once_and_nobody_has_no_right(world, enforced):
    _, _, table = world
    assert not [name for name, count in Counter((row.operation, row.on) for row in table).items() if count > 1]
    # So whatever else is answered comes after the decision.
    allowed = {row.operation for row in table if enforced[row, "nobody"] == "yes"}
    assert allowed == {"sts:GetCallerIdentity"}
    assert all(enforced[row, kind] in ("yes", ".") for row in table for kind in ("root", "admin"))


def test_the_matrix_is_what_the_server_does(world, enforced, request):
    _, _, table = world
    found, known = render(table, enforced), GOLDEN.read_text() if GOLDEN.exists() else ""
    if found == known:
        return
    lines = difflib.unified_diff(known.split("\n"), found.split("\n"), "as written", "as it is", n=0, lineterm="")
    difference = "\n".join(lines)
    number = hashlib.sha256(difference.encode()).hexdigest()[:8]
    if request.config.getoption("--accept-access-matrix") == number:
        GOLDEN.write_text(found)
        pytest.fail(f"written, to be looked at with `git diff`, and to be run again:\n{difference}")
    pytest.fail(f"who may do what has changed; if it is meant, --accept-access-matrix {number}:\n{difference}")


def render(table, cells):
    """The matrix as text."""
    kinds = "\n".join(f"{kind:<16}{meaning}" for kind, meaning in KINDS.items())
    lines = [EXPLAINED.format(kinds=kinds)]
    widths = {kind: max(len(kind), *(len(cells[row, kind]) for row in table)) + 2 for kind in KINDS}
    operation, on = (max(len(getattr(row, part)) for row in table) + 2 for part in ("operation", "on"))
    lines.append(f"{'operation':<{operation}}{'on':<{on}}" + "".join(f"{kind:<{widths[kind]}}" for kind in KINDS))
    for row in sorted(table, key=lambda row: (row.operation, row.on)):
        written = "".join(f"{cells[row, kind]:<{widths[kind]}}" for kind in KINDS)
        lines.append(f"{row.operation:<{operation}}{row.on:<{on}}{written}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def test_the_simulator_agrees_with_what_is_enforced(world, enforced):
    server, somebodies, table = world
    iam = server.client("iam")
    for row in table:
        if row.operation == "sts:GetCallerIdentity":
            continue  # Whatever the policies say, who calls may know who it is.
        for kind, somebody in somebodies.items():
            if kind == "root":
                continue  # Root has no policies to simulate.
            wanted = [(row.operation, row.resource), *row.also]
            found = [simulate(iam, somebody, *one, row.context) for one in wanted]
            cell = next((cell for cell in found if cell != "yes"), "yes")
            expected = enforced[row, kind]
            if expected == "unsaid":
                assert cell != "yes", (row, kind)
            else:
                assert cell == expected, (row, kind, found)


def simulate(iam, somebody, action, resource, context):
    entries = {"aws:SourceIp": ("ip", ["127.0.0.1"]), "aws:SecureTransport": ("boolean", ["false"])} | context
    entries = {name: (kind, somebody.fill(values)) for name, (kind, values) in entries.items()}
    entries = [
        {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": values}
        for name, (kind, values) in entries.items()
        if values != [""]
    ]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=user_arn(somebody.kind),
        ActionNames=[action],
        ResourceArns=[somebody.fill(resource)],
        ContextEntries=entries,
    )
    [result] = answer["EvaluationResults"]
    boundary = result.get("PermissionsBoundaryDecisionDetail", {"AllowedByPermissionsBoundary": True})
    return SIMULATED[result["EvalDecision"], boundary["AllowedByPermissionsBoundary"]]
