"""What is not TOML is refused with its line, and with how it should go on."""

import pytest


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("[container]\nport = 80\nport = 81\n", "7: container.port: given twice, first on line 6; keep one"),
        ("[container]\n[listener]\n[container]\n", "7: container: given twice, first on line 5; keep one"),
        ("branch = 'a'\nrepository = '''\nb'''\n", "6: source.repository: given twice, first on line 3; keep one"),
        (
            "[container]\nhealth_check.path = '/'\n[container.health_check]\n",
            "7: container.health_check: given twice, first on line 6; keep one",
        ),
        ("[container]\nhealth_check = {}\nhealth_check.path = '/'\n", "7: this is not TOML: cannot"),
        (
            "[container]\nhealth_check = {path = '/', path = '/'}\n",
            "6: this is not TOML: duplicate inline table key 'path'",
        ),
        ("branch = main\n", "5: this is not TOML: invalid value; text stands in double quotes"),
        ("branch = True\n", "5: this is not TOML: invalid value; text stands in double quotes"),
        ("branch\n", "5: this is not TOML: expected '=' after a key in a key/value pair; a line is"),
        ("!\n", "5: this is not TOML: invalid statement; a line is a [table], or key = value"),
        ('branch = "main\n', "5: this is not TOML: illegal character '\\n'; text in double quotes ends"),
        ('branch = "C:\\web"\n', "5: this is not TOML: unescaped '\\' in a string; in double quotes write each"),
        ("[container]\ncommand = [\n'a'\n\n\n", "7: this is not TOML: unclosed array; a list ends with ]"),
        ("branch = '''\n", "5: this is not TOML: expected \"'''\""),
        ("branch = 'a' 'b'\n", "5: this is not TOML: expected newline or end of document"),
        ("[container\n", "5: this is not TOML: expected ']'"),
    ],
)
def test_the_line_and_the_advice_are_told(mistakes, minimal, rest, told):
    (line,) = mistakes(minimal + rest)
    assert line.startswith(told)


def test_a_number_of_thousands_of_digits_is_refused(mistakes, minimal):
    (line,) = mistakes(f"{minimal}branch = {'9' * 5000}\n")
    assert "this is not TOML" in line
