"""Every code of Meta's list leads to one kind, and every kind to one thing that is done."""

import pytest
from pywa.errors import WhatsAppError

from router.intake.whatsapp.graph.errors import KINDS_OF_CODES, TREATMENTS, ErrorKind, Then, kind_of

OF_FLOWS_AND_CALLS = range(138000, 140000)
"""Codes of things that are not used here."""


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (190, ErrorKind.TOKEN),
        (0, ErrorKind.TOKEN),
        (251, ErrorKind.TOKEN),
        (80007, ErrorKind.RATE),
        (131056, ErrorKind.PERSON_RATE),
        (131016, ErrorKind.RETRY),
        (131031, ErrorKind.BLOCK),
        (131026, ErrorKind.PERSON),
        (131047, ErrorKind.WINDOW),
        (132015, ErrorKind.CONTENT),
        (131042, ErrorKind.MONEY),
    ],
)
def test_kind_of_a_code_whatever_the_status(code, kind):
    assert {kind_of(code, status) for status in (None, 400, 401, 429, 500)} == {kind}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, ErrorKind.RATE),
        (401, ErrorKind.TOKEN),
        (404, ErrorKind.CONTENT),
        (503, ErrorKind.RETRY),
        (None, ErrorKind.RETRY),
    ],
)
def test_kind_of_an_answer_without_a_known_code(status, kind):
    assert kind_of(None, status) is kind
    assert kind_of(999_999, status) is kind


def test_every_kind_has_its_treatment():
    assert set(TREATMENTS) == set(ErrorKind)
    kept = {kind for kind, one in TREATMENTS.items() if one.then is Then.KEEP}
    assert kept == {ErrorKind.TOKEN, ErrorKind.RATE, ErrorKind.PERSON_RATE, ErrorKind.BLOCK, ErrorKind.MONEY}


def test_every_code_that_another_reader_knows_is_known_here():
    known = {
        code
        for kind in WhatsAppError.__subclasses__()
        if kind.__name__ in {"AuthorizationError", "ThrottlingError", "IntegrityError", "SendMessageError"}
        for one in kind.__subclasses__()
        for code in one.__error_codes__ or ()
    }
    assert len(known) > 100
    assert {code for code in known if code not in KINDS_OF_CODES and code not in OF_FLOWS_AND_CALLS} == set()
