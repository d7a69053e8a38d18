"""``sms.toml``: the examples are taken, and every mistake is named with its line."""

from __future__ import annotations

import pytest

from router.geo import load_places
from router.intake.sms.provider.loader import SmsMapError, parse_map, read_map
from router.intake.sms.provider.parts import count_parts
from router.intake.sms.provider.request import Message, make_request
from router.intake.sms.provider.templates import MAX_VALUE_CHARS, fit, longest_parts
from router.intake.sms.words import STAGES, sms_variables
from router.model.stages import Stage
from tests.support.sms_files import PROVIDERS, example

VARIABLES = sms_variables(load_places())
GOOD = example("exotel")
TEXT = 'text = "आपकी'
CALLER = "+919812343210"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_examples_are_taken_and_their_texts_are_short(provider: str) -> None:
    sms = parse_map(example(provider), "sms.toml", VARIABLES)
    assert sms.provider.name == provider
    assert sms.account == sms.provider.replies_to
    for template in sms.templates:
        assert longest_parts(template, VARIABLES).parts == (1 if template.language == "en" else 2)


def test_words_for_stages_fit_a_place_of_a_template() -> None:
    assert set(STAGES) == set(Stage)
    for words in STAGES.values():
        assert all(len(text) <= MAX_VALUE_CHARS and fit(text) == text for text in words)
        assert count_parts(words.en).encoding == "gsm7"


@pytest.mark.parametrize(
    ("right", "wrong", "at", "said"),
    [
        (
            'entity = "1101500000000000001"',
            'entity = "MP"',
            "entity =",
            "entity: write the entity id of your DLT registration",
        ),
        ('header = "MPWROM" ', 'header = "M P"', "header =", "header: write the registered header"),
        (
            'replies_to = "9000000000"',
            "replies_to = 9000000000",
            "replies_to",
            'replies_to: put it in quotes: "9000000000"',
        ),
        ("https://api.in", "https://key:token@api.in", "url =", "no user or password here"),
        ("https://api.in.exotel.com", "http://api.in.exotel.com", "url =", "http only to this machine"),
        ('body = "form"', 'body = "xml"', "body =", "'form', 'json' or 'none'"),
        ('body = "form"', 'body = "none"', "body =", 'write "form" or "json" for a POST request'),
        ('numbers = "e164"', 'numbers = "e.164"', "numbers =", "numbers:"),
        ('user = "API_KEY"', "", "[auth]", "user: is missing: the user of basic"),
        ('by = "basic"', 'by = "basic"\npassword = "x"', "password =", "unknown key 'password'"),
        (
            'To = "{to}"',
            'To = "{number}"',
            'To = "{number}"',
            "{number} is nothing that can be filled in (known: to, text",
        ),
        ('To = "{to}"', 'To = "9"', "[send]", "is {to}: the provider would not know the number"),
        ('SmsType = "transactional"', "SmsType = 1", "SmsType", "write a text in quotes: a form has no other values"),
        ("status = [200, 202]", "status = [200, 500]", "status =", "status.1:"),
        ('id = "SMSMessage.Sid"', 'id = "SMSMessage..Sid"', "id =", "is no path; write names with dots"),
        ('id = "SMSMessage.Sid"', "", "[answer]", "id is missing"),
        ('failed = ["failed",', 'failed = ["sent",', "failed =", "'sent' stands for another state already"),
        (
            'id = "SmsSid"\nnumber = "From"\ntext = "Body"\ntime',
            'number = "From"\ntext = "Body"\nfield',
            "[incoming]",
            "id: write id or time",
        ),
        (
            'public_url = "https://warroom.example.gov.in"',
            "",
            "[webhook]",
            "public_url is missing: the provider is told",
        ),
        (
            'public_url = "https://warroom.example.gov.in"',
            'public_url = "https://a.in/sms"',
            "public_url",
            "without a path",
        ),
        ("addresses = []", 'addresses = ["exotel.com"]', "addresses", "is no IP address or network"),
        ("[webhook]", "[webhok]", "", "unknown table or key 'webhok'"),
        ('dlt_id = "1107160000000000001"', "", "[[template]]", "dlt_id is missing"),
        ('language = "hi"', 'language = "mr"', "language =", "language: Input should be 'hi' or 'en'"),
        (
            'variables = ["number", "telephone"]',
            'variables = ["number"]',
            "variables =",
            "1 named, but the text has 2 places",
        ),
        (
            'variables = ["number", "telephone"]',
            'variables = ["number", "name"]',
            "variables =",
            "'name' is no variable of",
        ),
        (
            'variables = ["number", "telephone"]',
            'variables = ["need", "telephone"]',
            TEXT,
            "takes digits alone, and need",
        ),
        ("टिकट नंबर {#numeric#}", "टिकट नंबर {#name#}", TEXT, "unknown tag {#name#}"),
        ("टिकट नंबर {#numeric#}", "टिकट नंबर {# numeric #}", TEXT, "copy the text as it was registered"),
        ("टिकट नंबर {#numeric#}", "टिकट नंबर {#url#}", TEXT, "has no value of this kind"),
        ("टिकट नंबर {#numeric#}", "टिकट नंबर {#numeric#}" + "है" * 60, TEXT, "is sent in 4 parts (253 units of ucs2)"),
        (
            'language = "en"',
            'language = "hi"',
            'language = "hi"\ndlt_id = "1107160000000000002"',
            "'ticket-number' in 'hi' stands in line",
        ),
        ("[[template]]", "[template]", "", "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(right: str, wrong: str, at: str, said: str) -> None:
    assert right in GOOD
    wrong_text = GOOD.replace(right, wrong, 1)
    with pytest.raises(SmsMapError) as error:
        parse_map(wrong_text, "sms.toml", VARIABLES)
    line = _line_of(at, wrong_text)
    assert any(said in one and (not at or one.startswith(f"sms.toml line {line}: ")) for one in error.value.problems)


def _line_of(at: str, text: str) -> int:
    return text[: text.index(at)].count("\n") + 1


def test_all_mistakes_are_named_at_once() -> None:
    wrong = GOOD.replace('header = "MPWROM"', 'header = ""').replace('by = "basic"', 'by = "magic"')
    with pytest.raises(SmsMapError) as error:
        parse_map(wrong, "sms.toml", VARIABLES)
    assert len(error.value.problems) == 2


def test_no_file_means_no_sms(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert read_map(tmp_path / "sms.toml", VARIABLES) is None


def test_each_provider_is_told_number_text_and_dlt_ids_in_its_own_names() -> None:
    values = {"number": "100000013", "telephone": "9000000000"}
    made = {}
    for provider in PROVIDERS:
        sms = parse_map(example(provider), "sms.toml", VARIABLES)
        template = sms.template("ticket-number", "hi")
        assert template is not None
        made[provider] = make_request(sms, "s3cret", Message(CALLER, template, values, "7-abc", "https://w/report"))
    exotel, gupshup, msg91, twilio = (made[name] for name in PROVIDERS)
    assert exotel.basic == ("API_KEY", "s3cret")
    assert exotel.form is not None
    assert exotel.form["To"] == CALLER
    assert "टिकट नंबर 100000013। " in exotel.form["Body"]
    assert (exotel.form["DltTemplateId"], exotel.form["EncodingType"]) == ("1107160000000000001", "unicode")
    assert (exotel.form["CustomField"], exotel.form["StatusCallback"]) == ("7-abc", "https://w/report")
    assert gupshup.form is not None
    assert (gupshup.form["password"], gupshup.form["send_to"]) == ("s3cret", CALLER[1:])
    assert (gupshup.form["principalEntityId"], gupshup.form["mask"]) == ("1101500000000000001", "MPWROM")
    assert msg91.headers == {"authkey": "s3cret"}
    assert msg91.json["template_id"].endswith("1107160000000000001")
    assert msg91.json["recipients"] == [
        {"mobiles": CALLER[1:], "CRQID": "7-abc", "VAR1": "100000013", "VAR2": "9000000000"}
    ]
    assert twilio.form is not None
    assert twilio.form["StatusCallback"] == "https://w/report?reference=7-abc"
    for request in made.values():
        assert "s3cret" not in request.url


def test_a_value_is_cut_at_a_word_and_cannot_break_out_of_its_place() -> None:
    assert fit("सफ़ाई और सैनिटरी का सामान और बहुत कुछ") == "सफ़ाई और सैनिटरी का सामान और"
    assert fit("a\r\nb\u202e {#var#}") == "a b {#var#}"
    assert fit("x" * 40) == "x" * 30
