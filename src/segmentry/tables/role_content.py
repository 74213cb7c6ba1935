"""What a column's content must be for a role: tests of one profile, by shares and counts, never by single values.

``…_like`` tests speak for a role without its name; ``mostly_…`` tests only confirm a name, so they ask for less.
"""

from __future__ import annotations

from segmentry.tables.looks import BOOLEAN_WORDS, parsed
from segmentry.tables.profile import ColumnProfile


def number_like(column: ColumnProfile) -> bool:
    """Whether the column is numbers, a few slips apart; levels such as ``3+`` are no slips."""
    return column.share("number") >= 0.95 and not (column.few_levels and column.share("band") > 0)


def mostly_number(column: ColumnProfile) -> bool:
    """Whether a name may make numbers of it: most values are; the rest is for the quarantine to show."""
    return column.share("number") > 0.5 and not (column.few_levels and column.share("band") > 0)


def date_like(column: ColumnProfile) -> bool:
    """Whether the column is written dates, a few slips apart."""
    return column.share("date") >= 0.9


def mostly_date(column: ColumnProfile) -> bool:
    """Whether a name may make dates of it: most values are dates or numbers that stand for one."""
    return column.share("date", "date_number") > 0.5


def flag_like(column: ColumnProfile) -> bool:
    """Whether the column has a few spellings of yes and no, and no other number than 0 and 1."""
    if column.share("boolean") < 0.97 or not 2 <= column.distinct <= 6:
        return False
    return all(value.casefold() in BOOLEAN_WORDS or parsed(value) is None for value in column.values)


def levels(column: ColumnProfile) -> bool:
    """Whether the column has levels: neither dates, nor fractions, nor a value of its own for most rows."""
    return not date_like(column) and column.share("fraction") < 0.05 and (column.few_levels or column.distinct <= 0.5 * column.present)


def key_like(column: ColumnProfile) -> bool:
    """Whether it may identify something: neither fractions, dates nor addresses."""
    return not date_like(column) and column.share("fraction") < 0.05 and column.share("email", "url") < 0.5


def bare_key(column: ColumnProfile) -> bool:
    """Whether it may identify something and is a code, not words."""
    return key_like(column) and column.blanks < 0.05 and not flag_like(column)


def person_key(column: ColumnProfile) -> bool:
    """Whether a column called just "customer" holds keys, not groups such as new and old, nor sizes of households."""
    coded = all(any(map(str.isdigit, value)) for value in column.values) and column.share("number") < 0.5
    return bare_key(column) and (column.distinct > 10 or not column.few_levels or coded)


def banded(column: ColumnProfile) -> bool:
    """Whether it is levels such as 18-24."""
    return column.few_levels and not flag_like(column) and not date_like(column)


def ages(column: ColumnProfile) -> bool:
    """Whether most values are whole numbers up to 120."""
    return mostly_number(column) and column.share("age") > 0.5


def years(column: ColumnProfile) -> bool:
    """Whether most values are years from 1880 on."""
    return column.share("year") > 0.5


def counts(column: ColumnProfile) -> bool:
    """Whether it counts something."""
    return mostly_number(column) and column.share("fraction") < 0.05 and not flag_like(column)


def amounts(column: ColumnProfile) -> bool:
    """Whether it measures something."""
    return mostly_number(column) and not flag_like(column)


def phones(column: ColumnProfile) -> bool:
    """Whether a name may make phone numbers of it."""
    return column.share("phone") > 0.3 or (column.share("integer") > 0.5 and column.mean_length >= 7)


def words_only(column: ColumnProfile) -> bool:
    """Whether it is neither numbers, dates nor yes and no."""
    return not mostly_number(column) and not flag_like(column) and not date_like(column)


def coarse(column: ColumnProfile) -> bool:
    """Whether it has as many levels as a marketer can read."""
    return levels(column) and 2 <= column.distinct <= 50 and not date_like(column)


def postcodes(column: ColumnProfile) -> bool:
    """Whether postcodes are so fine that they point at single people."""
    return column.distinct > 100 and column.distinct > 0.1 * column.present


def long_text(column: ColumnProfile) -> bool:
    """Whether it is sentences."""
    return column.mean_length > 40 and not column.few_levels


def own_text(column: ColumnProfile) -> bool:
    """Whether nearly every row has its own words: a name or code of a single person, whatever the header says."""
    return words_only(column) and column.distinct >= 20 and column.distinct > 0.5 * column.present


def dateless(column: ColumnProfile) -> bool:
    """Whether hardly any value could stand for a date, written or as a number."""
    return column.share("date", "date_number") < 0.5


def padded_codes(column: ColumnProfile) -> bool:
    """Whether it is digits of one length that begin with zeros."""
    return column.share("zero_padded") > 0.05 and column.share("integer") >= 0.95 and column.shortest == column.longest > 1


def anything(_: ColumnProfile) -> bool:
    """Whether it is a column: the last resort."""
    return True


def own_key(column: ColumnProfile) -> bool:
    """Whether every row has a key of its own."""
    return column.is_unique and key_like(column)


def coded(column: ColumnProfile) -> bool:
    """Whether it may identify something and is no yes or no."""
    return key_like(column) and not flag_like(column)


def other_key(column: ColumnProfile) -> bool:
    """Whether it may identify something that has many instances."""
    return key_like(column) and not column.few_levels


def short_code(column: ColumnProfile) -> bool:
    """Whether no value is longer than a currency code."""
    return column.longest <= 3


def calendar_part(column: ColumnProfile) -> bool:
    """Whether it is whole numbers such as weeks, months and years."""
    return column.share("integer") > 0.9 and column.distinct <= 400


def kinds(column: ColumnProfile) -> bool:
    """Whether it is a few kinds, in words."""
    return column.few_levels and words_only(column)


def grouped(column: ColumnProfile) -> bool:
    """Whether it has a few levels other than yes and no."""
    return column.few_levels and not flag_like(column)


def whole_counts(column: ColumnProfile) -> bool:
    """Whether it is numbers other than a mere 0 and 1."""
    return number_like(column) and not flag_like(column)


def mostly_flag(column: ColumnProfile) -> bool:
    """Whether a name may make yes and no of it."""
    return flag_like(column) or column.share("boolean") > 0.8


def areas(column: ColumnProfile) -> bool:
    """Whether postcodes are so coarse that they point at nobody."""
    return not postcodes(column)


def group_codes(column: ColumnProfile) -> bool:
    """Whether numbers or words stand for a few groups."""
    return column.few_levels and not flag_like(column) and levels(column)


def few(column: ColumnProfile) -> bool:
    """Whether it has a few levels, yes and no among them."""
    return column.few_levels and not date_like(column)


def shares(column: ColumnProfile) -> bool:
    """Whether most values are numbers from 0 to 1."""
    return column.share("number") > 0.5 and column.low is not None and column.high is not None and column.low >= 0 and column.high <= 1


def emails(column: ColumnProfile) -> bool:
    """Whether most values are e-mail addresses."""
    return column.share("email") > 0.5


def urls(column: ColumnProfile) -> bool:
    """Whether most values are web addresses."""
    return column.share("url") > 0.5


def plain_phones(column: ColumnProfile) -> bool:
    """Whether most values are written like phone numbers, whatever the header says."""
    return column.share("phone") > 0.5


def many_levels(column: ColumnProfile) -> bool:
    """Whether it is no handful of levels."""
    return not column.few_levels


def row_numbers(column: ColumnProfile) -> bool:
    """Whether it counts the rows."""
    return (
        column.is_unique
        and column.share("integer") == 1.0
        and column.low in (0, 1)
        and column.high is not None
        and column.high <= column.rows
    )


def compact_days(column: ColumnProfile) -> bool:
    """Whether practically all values are days written yyyymmdd."""
    return column.share("yyyymmdd") > 0.99


def padded_keys(column: ColumnProfile) -> bool:
    """Whether it is digits with leading zeros, many different."""
    return padded_codes(column) and not column.few_levels


def padded_groups(column: ColumnProfile) -> bool:
    """Whether it is digits with leading zeros, a few levels."""
    return padded_codes(column) and column.few_levels


def long_codes(column: ColumnProfile) -> bool:
    """Whether it is whole numbers of nine digits and more, which are codes and not counts."""
    return column.share("integer") >= 0.99 and column.shortest >= 9 and not column.few_levels and dateless(column)
