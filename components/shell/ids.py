"""The one spelling of ids by which tables, files and topics are joined.

An id is a text. Of a UUID, in whatever way it is written (capitals, no dashes, braces, `urn:uuid:`), the text is that
in small letters with dashes; of a whole number its digits, without a sign of plus, leading zeros or a fraction of
zeros. Any other text stays as it is, leading zeros and all, but for blanks at its end, which are the padding of
`char(n)`. A text of nothing but blanks is no id.
"""

_HEX = "[0-9a-fA-F]"
_DASHED = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_BARE = rf"({_DASHED}|{_HEX}{{32}})"
SPELLED_UUID = rf"{_BARE}|\{{{_BARE}\}}|(?i:urn:uuid:){_BARE}"
"""A regular expression, to RE2 and to Java, that a UUID fits in whatever way it is written."""

MACROS = rf"""
CREATE MACRO unpadded(given) AS rtrim(given, ' ');
CREATE MACRO normal_id(given) AS nullif(CASE
    WHEN regexp_full_match(unpadded(given), '{SPELLED_UUID}')
    THEN try_cast(replace(lower(unpadded(given)), 'urn:uuid:', '') AS UUID)::VARCHAR
    ELSE unpadded(given) END, '');
"""
"""DuckDB's macro `normal_id` of a text: its normal form, null where it is no id.

Columns of UUIDs and whole numbers have that form once they are cast to text.
"""
