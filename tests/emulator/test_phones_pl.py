import pytest

from emulator.phones_pl import ACCENTS, ARPABET, phonemes, pronunciations


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("jabłka", "j a p k a"),
        ("chleb", "x l e p"),
        ("trzy", "t S y"),
        ("świeży", "ś f j e Z y"),
        ("prośba", "p r o ź b a"),
        ("także", "t a g Z e"),
        ("twaróg", "t f a r u k"),
        ("drożdże", "d r o Z dZ e"),
        ("wódka", "v u t k a"),
        ("ząb", "z o m p"),
        ("mąka", "m o N k a"),
        ("gęś", "g e n ś"),
        ("pięć", "p j e ń ć"),
        ("bułkę", "b u w k e"),
        ("proszą", "p r o S o m"),
        ("ziemniaki", "ź e m ń a k i"),
        ("dziesięć", "dź e ś e ń ć"),
        ("cukier", "ts u k j e r"),
        ("wzięła", "v ź e w a"),
    ],
)
def test_a_written_word_sounds_as_poles_say_it(word: str, sounds: str) -> None:
    assert " ".join(phonemes(word)) == sounds


def test_letters_that_polish_does_not_have_are_passed_over() -> None:
    assert phonemes("mleko7") == phonemes("mleko")


def test_the_first_pronunciation_is_the_phonetician_s() -> None:
    assert pronunciations("chleb")[0] == "HH L EH P"


def test_a_word_has_one_pronunciation_per_accent_it_differs_in() -> None:
    assert pronunciations("tak") == ("T AA K",)
    assert 1 < len(pronunciations("dziesięć")) <= len(ACCENTS)


def test_every_accent_changes_only_sounds_that_polish_has() -> None:
    assert all(accent.keys() <= ARPABET.keys() for accent in ACCENTS)
