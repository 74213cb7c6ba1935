"""Settings are checked before any data is read; unknown keys get a suggestion."""

import pytest

from segmentry.errors import SettingsError
from segmentry.project.settings import Settings, load, parse


def test_an_unknown_section_gets_the_nearest_name():
    with pytest.raises(SettingsError, match="segmnets is unknown; did you mean 'segments'"):
        parse({"segmnets": {}})


def test_an_unknown_key_of_a_table_gets_the_nearest_name():
    with pytest.raises(SettingsError, match=r"tables\.shop\.delimeter is unknown; did you mean 'delimiter'"):
        parse({"tables": {"shop": {"delimeter": ";"}}})


def test_all_wrong_keys_are_named_at_once():
    with pytest.raises(SettingsError) as caught:
        parse({"segments": {"k": 0}, "cleaning": {"quarantine_limit": 7}})
    assert "segments.k is 0" in str(caught.value)
    assert "cleaning.quarantine_limit is 7" in str(caught.value)


def test_a_minimum_over_the_maximum_is_refused():
    with pytest.raises(SettingsError, match=r"segments\.minimum is 9"):
        parse({"segments": {"minimum": 9}})


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match="segmentry init"):
        load(tmp_path / "none.toml")


def test_a_key_given_twice_is_refused_with_its_line(tmp_path):
    path = tmp_path / "segmentry.toml"
    path.write_text("[run]\nseed = 1\nseed = 2\n")
    with pytest.raises(SettingsError, match="line 3"):
        load(path)


def test_text_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "segmentry.toml"
    path.write_bytes(b"[project]\ntitle = '\xe9'\n")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load(path)


def test_a_table_inherits_what_read_says():
    settings = parse({"read": {"decimal": ",", "encoding": "cp1252"}, "tables": {"Shop": {"encoding": "utf-8"}}})
    assert settings.table("shop").encoding == "utf-8"
    assert settings.table("shop").decimal == ","
    assert settings.table("other").encoding == "cp1252"


def test_an_option_of_the_command_line_wins_over_the_file():
    settings = parse({"segments": {"k": 4, "maximum": 6}}).over("segments", k=5, minimum=None)
    assert (settings.segments.k, settings.segments.maximum) == (5, 6)


def test_settings_cannot_be_changed_in_place():
    with pytest.raises(ValueError, match="frozen"):
        Settings().segments.k = 3
