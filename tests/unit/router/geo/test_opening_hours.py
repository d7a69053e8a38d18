"""Opening hours as offices write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from router.geo.opening_hours import OpeningHours


@pytest.mark.parametrize(
    ("text", "india", "is_open"),
    [
        ("", "2020-04-05T03:00", True),  # not known: nobody is told that it is closed
        ("24/7", "2020-04-05T03:00", True),
        ("08:00-20:00", "2020-04-05T08:00", True),
        ("08:00-20:00", "2020-04-05T20:00", False),
        ("Mo-Sa 08:00-20:00", "2020-04-05T12:00", False),
        ("Mo-Sa 08:00-20:00; Su 09:00-13:00", "2020-04-05T12:00", True),
        ("08:00-12:00,16:00-20:00", "2020-04-06T14:00", False),
        ("08:00-20:00; Mo,We off", "2020-04-06T12:00", False),
        ("20:00-02:00", "2020-04-06T01:59", True),
        ("Su 20:00-02:00", "2020-04-06T01:59", True),
        ("Sa-Mo 10:00-11:00", "2020-04-05T10:30", True),
        ("00:00-24:00", "2020-04-05T23:59", True),
        ("off", "2020-04-05T12:00", False),
        ("9:00am-5:30pm", "2020-04-06T17:29", True),
        ("9:00am-5:30pm", "2020-04-06T17:30", False),
        ("08.00-20.00", "2020-04-06T19:59", True),
        ("08:00–20:00", "2020-04-06T07:59", False),
        ("०८:००-२०:००", "2020-04-06T08:00", True),
        ("Mo-Sa 08:00-20:00; PH off", "2020-04-06T12:00", True),
        ("PH off", "2020-04-06T03:00", True),  # of all other days it says nothing
        ("Mon-Sat 8-20", "2020-04-06T19:59", True),
        ("Mon-Sat 8-20", "2020-04-05T12:00", False),
        ("Monday to Saturday: 10 a.m. - 2 p.m., 4-8 pm", "2020-04-06T15:00", False),
        ("Monday to Saturday: 10 a.m. - 2 p.m., 4-8 pm", "2020-04-06T16:00", True),
        ("closed on Sunday; 8-20", "2020-04-05T12:00", False),
        ("8-20, Sun closed", "2020-04-05T12:00", False),
        ("सोमवार-शनिवार 08:00 से 20:00, रविवार बंद", "2020-04-05T12:00", False),
        ("0800-2000 hrs", "2020-04-06T19:59", True),
        ("24 hours", "2020-04-05T03:00", True),
        ("24x7", "2020-04-05T03:00", True),
        ("9-5pm", "2020-04-06T16:59", True),
        ("सुबह 9 से 5", "2020-04-06T16:59", True),
        ("सुबह 9 से 5", "2020-04-06T17:00", False),
        ("सुबह 9 बजे से शाम 5 बजे तक", "2020-04-06T08:59", False),
        ("प्रातः 8 से रात 8", "2020-04-06T19:59", True),
        ("सुबह ९-१ शाम ४-८", "2020-04-06T14:00", False),
        ("सुबह 9 से दोपहर 1 और 4 से 8", "2020-04-06T19:59", True),
        ("रात 8 से सुबह 6", "2020-04-06T05:59", True),
        ("सोमवार से शनिवार सुबह 10 से शाम 6, रविवार अवकाश", "2020-04-05T12:00", False),
        ("24 घंटे", "2020-04-05T03:00", True),
        ("12 noon - 8pm", "2020-04-06T11:59", False),
        ("9 AM to 5 PM (Mon-Sat)", "2020-04-05T12:00", False),
        ("9 AM to 5 PM (Mon-Sat)", "2020-04-06T16:59", True),
        ("9-17 Mon-Fri, 10-14 Sat", "2020-04-11T14:30", False),
        ("9am-5pm mon-fri; sat 9am-1pm", "2020-04-11T12:59", True),
        ("9am-1pm, 4-8", "2020-04-06T05:00", False),
        ("Weekdays 9-17", "2020-04-05T12:00", False),
        ("Sunday closed", "2020-04-05T12:00", False),
        ("Sunday closed", "2020-04-06T03:00", True),  # of all other days it says nothing
        ("गुरुवार बंद, 9-17", "2020-04-09T12:00", False),
        ("गुरुवार बंद, 9-17", "2020-04-06T12:00", True),
    ],
)
def test_hours(text: str, india: str, is_open: bool) -> None:
    assert OpeningHours(text).open_at(datetime.fromisoformat(f"{india}+05:30")) is is_open


@pytest.mark.parametrize(
    "text",
    [
        "always",
        "9-5",
        "9:00-5:30",
        "Mo-Fr",
        "9 से 5",
        "08:00-20:00; Mo",
        "सुबह 25 से 5",
        "शाम",
        "off 8-20",
        "08:00-08:00",
        "25:00-26:00",
        "Xx 08:00-20:00",
        "Mo-Tu-We off",
        ";",
    ],
)
def test_hours_that_cannot_be_read_say_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="08:00-20:00"):
        OpeningHours(text)
