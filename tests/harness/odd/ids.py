"""Ids as sources spell them, and the one normal form of each."""

PLAIN = "0a00b000-0000-4000-8000-00000000000b"
# What is written, and its normal form; None where it is no id.
SPELLINGS: list[tuple[str, str | None]] = [
    (PLAIN, PLAIN),
    (PLAIN.upper(), PLAIN),
    (PLAIN.replace("-", ""), PLAIN),
    (PLAIN.replace("-", "").upper(), PLAIN),
    (f"{{{PLAIN}}}", PLAIN),
    (f"{{{PLAIN.upper()}}}", PLAIN),
    (f"urn:uuid:{PLAIN}", PLAIN),
    (f"URN:UUID:{PLAIN.upper()}", PLAIN),
    (f"{PLAIN:<40}", PLAIN),
    (f"{PLAIN.upper():<40}", PLAIN),
    # No UUIDs, though some readers take them for one.
    (f"{{{PLAIN}", f"{{{PLAIN}"),
    (f"{PLAIN}}}", f"{PLAIN}}}"),
    (PLAIN.replace("-", "", 1), PLAIN.replace("-", "", 1)),
    ("0-a00b0000000-4000-8000-00000000000b", "0-a00b0000000-4000-8000-00000000000b"),
    (PLAIN[:-1], PLAIN[:-1]),
    (f"{PLAIN}0", f"{PLAIN}0"),
    (PLAIN.replace("b", "g"), PLAIN.replace("b", "g")),
    # Texts that look like numbers are texts.
    ("7", "7"),
    ("007", "007"),
    ("7.0", "7.0"),
    ("-7", "-7"),
    ("7   ", "7"),
    ("9007199254740993", "9007199254740993"),
    ("AbC", "AbC"),
    ("x" * 128, "x" * 128),
    ("", None),
    ("    ", None),
]
