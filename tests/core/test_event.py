"""Tokens: each event has one, each token is one event, and what is none is told why."""

import random

import pytest

from improvd.core.event import DATA_BYTES, LONGEST, Event

TOKENS = {
    "0_80_40_00": Event(0, 0x80, (64, 0)),
    "120_90_3c_64": Event(120, 0x90, (60, 100)),
    "0_9f_4f_00": Event(0, 0x9F, (79, 0)),  # stays a note-on
    "5_a3_7f_01": Event(5, 0xA3, (127, 1)),
    "7_b0_40_7f": Event(7, 0xB0, (64, 127)),
    "120_c0_05": Event(120, 0xC0, (5,)),
    "1_df_7f": Event(1, 0xDF, (127,)),
    f"{LONGEST}_e0_00_40": Event(LONGEST, 0xE0, (0, 64)),
}


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_and_its_event(token):
    assert Event.parse(token) == TOKENS[token]
    assert str(TOKENS[token]) == token


def test_every_status_comes_back_with_any_data():
    dice = random.Random(1)
    for status, count in DATA_BYTES.items():
        for _ in range(20):
            data = tuple(dice.randrange(128) for _ in range(count))
            event = Event(dice.randrange(LONGEST + 1), status, data)
            assert Event.parse(str(event)) == event


def test_all_channel_statuses_are_known_and_no_other():
    assert list(DATA_BYTES) == list(range(0x80, 0xF0))
    assert {status >> 4 for status, count in DATA_BYTES.items() if count == 1} == {0xC, 0xD}


FAULTY = {
    "": "the delta '' has to be 0..268435455",
    "0": "the status '' has to be 80..ef",
    "hello": "the delta 'hello'",
    "-1_90_3c_64": "the delta '-1'",
    "+1_90_3c_64": "the delta '+1'",
    "01_90_3c_64": "the delta '01'",
    "1.5_90_3c_64": "the delta '1.5'",
    "٣_90_3c_64": "the delta '٣'",
    f"{LONGEST + 1}_90_3c_64": "the delta '268435456'",
    "9" * 5000 + "_90_3c_64": "the delta '99",
    "0_7f_3c_64": "the status '7f'",
    "0_f0_3c_64": "the status 'f0' has to be 80..ef, two lower-case hex digits, as in 120_90_3c",
    "0_9A_3c_64": "the status '9A'",
    "0_90_3C_64": "the data byte '3C' has to be 00..7f, two lower-case hex digits",
    "0_90_80_64": "the data byte '80'",
    "0_90_3c_+4": "the data byte '+4'",
    "0_90_3c_4": "the data byte '4'",
    "0_90_3c_64_": "the data byte ''",
    "0_90_3c": "the status 90 takes 2 data byte(s), not 1, as in 120_90_3c_64",
    "0_90": "the status 90 takes 2 data byte(s), not 0",
    "0_c0_05_00": "the status c0 takes 1 data byte(s), not 2, as in 0_c0_05",
}


@pytest.mark.parametrize("token", FAULTY, ids=lambda token: token[:12])
def test_what_is_no_token_is_told_why_in_one_line(token):
    with pytest.raises(ValueError, match="as in") as refused:
        Event.parse(token)
    assert FAULTY[token] in str(refused.value)
    assert "\n" not in str(refused.value)


def test_all_faults_of_a_token_are_told_together():
    with pytest.raises(ValueError, match=r"delta 'x'.*status 'ff'.*data byte 'zz'.*data byte '90'"):
        Event.parse("x_ff_zz_90")


def test_a_token_of_many_faulty_bytes_is_refused_in_a_short_line():
    with pytest.raises(ValueError, match=r"takes 2 data byte\(s\), not 22") as fault:
        Event.parse("480_90" + "_" * 22)
    assert len(str(fault.value)) < 400
