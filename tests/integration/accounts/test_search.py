# ruff: noqa: RUF001 - letters of other scripts, and other widths, are meant

import pytest

from medicare_django.accounts.search import folded, has_all, words_of


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Großkreutz", "grosskreutz"),
        ("Świętosława Żuraw", "swietoslawa zuraw"),
        ("Łukasz Bøgh Đặng", "lukasz bogh dang"),
        ("Þórdís Æggert", "thordis aeggert"),
        ("Yıldızhan İpek", "yildizhan ipek"),
        ("Ευανθία", "ευανθια"),
        ("Олена", "ОЛЕНА"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
    ],
)
def test_a_name_is_found_as_it_is_typed_without_its_signs(written: str, typed: str) -> None:
    assert folded(written) == folded(typed)
    assert has_all(words_of(typed), "before", written)


def test_every_word_has_to_be_there_in_any_order() -> None:
    assert has_all(words_of("lopez ANA"), "Ana López")
    assert not has_all(words_of("ana maria"), "Ana López")
    assert has_all(words_of("  "), "anybody")
