"""Certificate numbers and the comparison of names."""

import pytest

from certificates.numbers import ALPHABET, mask_name, new_number, new_token, normalise_name, normalise_number


@pytest.mark.parametrize(("level", "letter"), [("junior", "J"), ("intermediate", "M"), ("senior", "S")])
def test_a_new_number_names_its_level_and_reads_back(level, letter):
    number = new_number(level)
    assert number.startswith(f"TM-{letter}-")
    assert normalise_number(number) == number


def test_how_it_is_typed_does_not_matter():
    number = new_number("junior")
    assert normalise_number(number.lower().replace("-", " ")) == number
    assert normalise_number("".join(chr(ord(c) + 0xFEE0) for c in number)) == number  # full width


def test_letters_that_look_like_digits_are_read_as_digits():
    number = next(n for n in iter(lambda: new_number("junior"), None) if "0" in n[5:] and "1" in n[5:])
    typed = number[:5] + number[5:].replace("0", "O").replace("1", "I")
    assert normalise_number(typed) == number


def test_every_single_wrong_character_is_noticed():
    number = new_number("senior")
    for place in range(5, len(number)):
        if number[place] == "-":
            continue
        for char in ALPHABET:
            if char != number[place]:
                assert normalise_number(number[:place] + char + number[place + 1 :]) is None


def test_a_swap_of_neighbours_is_noticed():
    number = new_number("junior").replace("-", "")
    for place in range(3, len(number) - 1):
        if number[place] != number[place + 1]:
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            assert normalise_number(swapped) is None


@pytest.mark.parametrize("typed", ["", "TM", "TM-X-00000-00000-0", "张三", "TM-J-" + "A" * 200, "TM-J-ZZZZZ-ZZZZZ-Z"])
def test_what_cannot_be_ours(typed):
    assert normalise_number(typed) is None


def test_numbers_and_tokens_do_not_follow_from_one_another():
    numbers = {new_number("junior") for _ in range(1000)}
    tokens = {new_token() for _ in range(1000)}
    assert len(numbers) == len(tokens) == 1000
    assert len({n[5:8] for n in numbers}) > 900  # a counter would share its beginning


@pytest.mark.parametrize(
    ("one", "other"),
    [("张 三", "张三"), ("ZHANG San", "zhang  san"), ("阿卜杜拉·买买提", "阿卜杜拉・买买提"), ("Ｌｉ Ｓｉ", "li si")],
)
def test_names_that_are_the_same(one, other):
    assert normalise_name(one) == normalise_name(other)


def test_names_that_are_not_the_same():
    assert normalise_name("张三") != normalise_name("张三三")


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张*"), ("欧阳示例", "欧***"), ("Li Si", "L. S."), ("䶮", "䶮*")]
)
def test_masked_names(name, masked):
    assert mask_name(name) == masked
