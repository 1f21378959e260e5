"""The step as it is run, on a tiny model, and on images that nobody would want."""

import hashlib
import io
import zlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import fs

from components.embed_images import compute as product
from components.embed_images.compute import Settings, embed
from components.embed_images.picture import picture
from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError, TransientError
from components.shell.summary import Summary
from components.vectors.model import Address
from components.vectors.rows import SCHEMA, Inputs, Outputs
from tests.components.vectors import tiny
from tests.conftest import ObjectStore

FIRST, LATER = datetime(2026, 1, 4, 4, tzinfo=UTC), datetime(2026, 1, 11, 4, tzinfo=UTC)
ARTICLES = pa.schema([pa.field("article_id", pa.string(), nullable=False), pa.field("image_path", pa.string())])
RED, BLUE = (200, 30, 40), (10, 60, 220)
UPRIGHT = 0x0112


def saved(image: Image.Image, form: str, **more: Any) -> bytes:
    """The bytes of an image's file."""
    target = io.BytesIO()
    image.save(target, form, **more)
    return target.getvalue()


def of(colour: tuple[int, ...], mode: str = "RGB", size: tuple[int, int] = (300, 240)) -> Image.Image:
    """An image of one colour."""
    return Image.new(mode, size, colour)


def huge() -> bytes:
    """A file of a few bytes whose head says that it has 100 million pixels."""
    content = bytearray(saved(of(RED), "PNG"))
    content[16:24] = (10_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


def torn() -> bytes:
    """An AVIF whose list of items is gone: its decoder raises what no other does."""
    whole = saved(of(RED), "AVIF")
    return whole.replace(b"iinf", b"free")


FILES = {
    "red.png": saved(of(RED), "PNG"),
    "images/010/0102.jpg": saved(of(BLUE), "PNG"),
    "clear.png": saved(of((0, 0, 0, 0), "RGBA"), "PNG"),
    "moving.gif": saved(of(RED), "GIF", save_all=True, append_images=[of(BLUE)]),
    "print.jpg": saved(of((0, 255, 255, 0), "CMYK"), "JPEG"),
    "broken.png": saved(of(RED), "PNG")[:60],
    "text.jpg": b"<html>not found</html>",
    "empty.jpg": b"",
    "huge.png": huge(),
    "narrow.png": saved(of(RED, size=(3000, 2)), "PNG"),
    "short_exif.png": saved(of(RED), "PNG", exif=b"II*\0"),
    "short_exif.webp": saved(of(RED), "WEBP", exif=b"II*\0"),
    "big_tiff.png": saved(of(RED), "PNG", exif=b"II+\0\x08\0\0\0"),
    "torn.avif": torn(),
}
SHOP = {
    "0101": "red.png", "0102": None, "0103": "/clear.png", "0104": "moving.gif", "0105": "print.jpg",
    "0106": "broken.png", "0107": "text.jpg", "0108": "empty.jpg", "0109": "huge.png", "0110": "narrow.png",
    "0111": "nowhere.jpg", "0112": None, "0113": "../secret.png",
}  # fmt: skip

# Paths that lead to no file, in a folder or in a bucket; the last one to red.png.
NOWHERE = [
    "https://cdn.example/x.jpg", "data:image/png;base64," + "A" * 400, "x" * 2000, "images/010", "images/", "/", ".",
    "red\0.png", "a\nb.png", "red.png/x.png",
]  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model of images."""
    return tiny.image_model(tmp_path_factory.mktemp("model"))


def laid(directory: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with images."""
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content)
    return directory


def done(
    directory: Path,
    model: Path | str,
    root: Path | str,
    shop: Mapping[str, str | None] = SHOP,
    held: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> tuple[dict[str, dict[str, Any]], dict[str, str], Summary]:
    """The rows and the reasons by article, and what the step says that it did."""
    given = [{"article_id": name, "image_path": path} for name, path in shop.items()]
    for name, schema, rows in (("articles", ARTICLES, given), ("before", SCHEMA, list(held))):
        datasets.write_dataset(directory / name, schema, pa.Table.from_pylist(rows, schema=schema).to_batches())
    outputs = Outputs(directory / "rows", directory / "rejected")
    uri = f"file://{model}" if isinstance(model, Path) else model
    inputs = Inputs(directory / "articles", "41", directory / "before")
    summary = embed(inputs, LATER if held else FIRST, Settings(str(root), Address(uri), **more), outputs)
    rows, rejected = (
        [row for batch in datasets.read_batches(place) for row in batch.to_pylist()]
        for place in (outputs.rows, outputs.rejected)
    )
    reasons = {row["article_id"]: row["reason"] for row in rejected}
    return {row["article_id"]: row for row in rows}, reasons, summary


def test_vectors_are_the_closed_form_and_the_rest_is_counted(tmp_path: Path, model: Path) -> None:
    """Of one colour each; transparency is white, and of what moves the first frame counts."""
    laid(tmp_path / "images", FILES)
    (tmp_path / "secret.png").write_bytes(FILES["red.png"])
    rows, reasons, summary = done(tmp_path, model, tmp_path / "images")
    expected = {"0101": RED, "0102": BLUE, "0103": (255, 255, 255), "0104": RED}
    for name, colour in expected.items():
        assert np.allclose(rows[name]["vector"], tiny.of_colour(*colour), atol=1e-2), name
    assert set(rows) == {*expected, "0105"}
    assert reasons == {
        "0106": "image_broken", "0107": "image_broken", "0108": "image_broken", "0109": "image_too_large",
        "0110": "image_too_large", "0111": "image_missing", "0112": "image_missing", "0113": "image_missing",
    }  # fmt: skip
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (13, 5, 8)
    told = summary.details
    assert (told["animated"], told["cmyk"], told["reasons"]) == (
        1, 1, {"image_broken": 3, "image_too_large": 2, "image_missing": 3},
    )  # fmt: skip
    assert {(row["kind"], row["tokens"], row["truncated"]) for row in rows.values()} == {("clip", None, False)}


@pytest.mark.parametrize("name", ["short_exif.png", "short_exif.webp", "big_tiff.png", "torn.avif"])
def test_whatever_a_decoder_raises_is_a_broken_image(name: str) -> None:
    """Readers of EXIF and of AVIF raise what other decoders do not."""
    assert picture(FILES[name]) == "image_broken"


def grey(form: str, kind: str = "<u2", value: int = 0x8040, **more: Any) -> bytes:
    """The bytes of a file of one grey in numbers of this kind; of 16 bits half as bright as white."""
    return saved(Image.fromarray(np.full((240, 300), value, kind)), form, **more)


GREYS: dict[str, tuple[bytes, int | str]] = {
    "png": (grey("PNG"), 128),
    "jp2": (grey("JPEG2000"), 128),
    "pgm": (grey("PPM"), 128),
    "pgm of 1,000 values": (b"P2 2 2 1000 500 500 500 500\n", 128),
    "tiff": (grey("TIFF"), 128),
    "tiff, the other way round": (grey("TIFF", ">u2"), 128),
    "tiff whose zero is white": (grey("TIFF", tiffinfo={262: 0}), 127),
    "png that is clear": (grey("PNG", transparency=0x8040), 255),
    "png that is clear elsewhere": (grey("PNG", transparency=0x8041), 128),
    "tiff of 32 bits": (grey("TIFF", "<i4"), "image_range_unknown"),
    "tiff of fractions": (grey("TIFF", "<f4", 200), "image_range_unknown"),
    "tiff with signs": (grey("TIFF", tiffinfo={339: 2}), "image_range_unknown"),
}


@pytest.mark.parametrize("name", GREYS)
def test_deep_grey_is_scaled_or_has_a_reason(name: str) -> None:
    """By what its format says of white; where it says nothing, a vector would be of another picture."""
    content, expected = GREYS[name]
    found = picture(content)
    if isinstance(expected, str):
        assert found == expected
        return
    assert not isinstance(found, str)
    assert np.allclose(found.pixels[:, 100, 100], (expected / 255 - np.array(tiny.MEAN)) / np.array(tiny.SPREAD))


def test_deep_grey_alone_is_encoded_anew(tmp_path: Path, model: Path) -> None:
    """What stands of it was nearly white; of all others nothing changes, and the next run computes nothing."""
    root = laid(tmp_path / "images", {"deep.png": grey("PNG"), "red.png": FILES["red.png"]})
    shop = {"01": "deep.png", "02": "red.png"}
    first, _, _ = done(tmp_path / "first", model, root, shop)
    digest = first["01"]["model_digest"]
    for article, name in shop.items():
        before = f"{digest}\nc1\n".encode() + (root / name).read_bytes()
        first[article]["input_hash"] = hashlib.sha256(before).hexdigest()
    rows, _, summary = done(tmp_path / "later", model, root, shop, list(first.values()))
    assert (summary.details["encoded"], summary.details["carried"]) == (1, 1)
    assert np.allclose(rows["01"]["vector"], tiny.of_colour(128, 128, 128), atol=1e-5)
    _, _, summary = done(tmp_path / "last", model, root, shop, list(rows.values()))
    assert (summary.details["encoded"], summary.details["carried"]) == (0, 2)


@pytest.mark.parametrize("in_bucket", [False, True])
def test_paths_that_lead_nowhere_are_counted(
    tmp_path: Path, model: Path, object_store: ObjectStore, catalog_env: dict[str, str], in_bucket: bool
) -> None:
    """None ends the run, neither in a folder nor in a bucket, and the good image beside them is found."""
    root: Path | str = laid(tmp_path / "images", FILES)
    if in_bucket:
        for name in ("red.png", "images/010/0102.jpg"):
            object_store.client.fput_object(object_store.bucket, f"shop/{name}", str(tmp_path / "images" / name))
        root = f"s3://{object_store.bucket}/shop"
    shop = {f"02{place:02}": path for place, path in enumerate([*NOWHERE, ".//red.png"])}
    *nowhere, good = shop
    rows, reasons, summary = done(tmp_path, model, root, shop)
    assert reasons == dict.fromkeys(nowhere, "image_missing")
    assert list(rows) == [good]
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (len(shop), 1, len(nowhere))


def test_an_image_that_cannot_be_read_names_its_article(tmp_path: Path, model: Path) -> None:
    """Which one of all it is, nobody could tell from its path: there may be none."""
    root = laid(tmp_path / "images", FILES)
    (root / "odd.png").symlink_to("/proc/self/mem")
    with pytest.raises(TransientError, match="the image of article 0302 cannot be read"):
        done(tmp_path, model, root, {"0301": "red.png", "0302": "odd.png"})


@dataclass(frozen=True)
class Gets:
    """A store whose login may get objects, and may not ask what lies there."""

    gives: bool

    def get_file_info(self, path: str) -> fs.FileInfo:
        """What S3 answers to such a login about a prefix."""
        raise OSError(f"When getting information for key '{path}': AWS Error ACCESS_DENIED during HeadObject operation")

    def open_input_stream(self, path: str) -> pa.NativeFile:
        """An image, or what S3 answers where none is to be had."""
        if not self.gives:
            raise OSError(f"When reading '{path}': AWS Error ACCESS_DENIED during GetObject operation")
        return fs.LocalFileSystem().open_input_stream(path)


def test_to_read_images_is_enough(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal to tell of the root is no end; one to give an image is, and names its article."""
    root, shop = laid(tmp_path / "images", FILES), {"0101": "red.png"}
    monkeypatch.setattr(product, "filesystem_and_path", lambda *_: (Gets(gives=True), str(root)))
    rows, _, _ = done(tmp_path / "may", model, "s3://shop/images", shop)
    assert list(rows) == ["0101"]
    monkeypatch.setattr(product, "filesystem_and_path", lambda *_: (Gets(gives=False), str(root)))
    with pytest.raises(ConfigurationError, match="the image of article 0101 may not be read"):
        done(tmp_path / "not", model, "s3://shop/images", shop)


@pytest.mark.parametrize("root", ["nowhere", "red.png", "empty", "images", "s3://{}/none", "s3://{}", "s3://no-such"])
def test_a_root_without_images_is_refused(
    tmp_path: Path, model: Path, object_store: ObjectStore, catalog_env: dict[str, str], root: str
) -> None:
    """No directory, a volume that is not mounted, one too deep, a prefix or a bucket with nothing below."""
    laid(tmp_path, FILES)
    (tmp_path / "empty").mkdir()
    root = root.format(object_store.bucket) if ":" in root else str(tmp_path / root)
    with pytest.raises(ConfigurationError, match=rf"lies in image_root {root} - correct it, mount the volume"):
        done(tmp_path / "done", model, root, {"0101": "red.png", "0102": None})


def test_only_what_has_changed_is_encoded(tmp_path: Path, model: Path) -> None:
    """By the bytes, whatever the path; vectors of texts do not count. Another model or output computes all."""
    root = laid(tmp_path / "images", FILES)
    first, _, _ = done(tmp_path / "first", model, root)
    held = [*first.values(), first["0101"] | {"kind": "bert", "article_id": "0102"}]
    (root / "red.png").write_bytes(saved(of(BLUE), "PNG"))
    (root / "moved.png").write_bytes(FILES["clear.png"])
    rows, _, summary = done(tmp_path / "later", model, root, {**SHOP, "0103": "moved.png"}, held)
    assert {name for name, row in rows.items() if row["computed_at"] == LATER} == {"0101"}
    assert (summary.details["encoded"], summary.details["carried"]) == (1, 4)
    assert rows["0104"]["vector"] == first["0104"]["vector"]
    other = tiny.image_model(tmp_path / "other", width=4)
    _, _, summary = done(tmp_path / "other_rows", other, root, SHOP, held)
    assert (summary.details["encoded"], summary.details["carried"], summary.details["dimension"]) == (5, 0, 4)
    rows, _, summary = done(tmp_path / "other_output", model, root, SHOP, held, output="image_embeds")
    assert {row["model"] for row in rows.values()} == {f"file://{model}#image_embeds"}
    assert (summary.details["encoded"], summary.details["carried"]) == (5, 0)


def test_a_model_that_changed_under_its_digest_is_noticed(tmp_path: Path, model: Path) -> None:
    """What stands is encoded again in a sample, which reaches across batches; what is looked at again still stands."""
    shop = {f"{place:03}": f"{place}.png" for place in range(70)}
    colours = tiny.colours(shop)
    root = laid(tmp_path / "images", {path: tiny.image(colours[name]) for name, path in shop.items()})
    first, _, _ = done(tmp_path / "first", model, root, shop)
    rows, _, summary = done(tmp_path / "later", model, root, shop, list(first.values()))
    assert rows == first
    assert (summary.details["encoded"], summary.details["carried"]) == (0, 70)
    for name, noticed in (("000", True), ("063", True), ("064", False)):
        turned = first | {name: first[name] | {"vector": first[name]["vector"][::-1]}}
        with pytest.raises(ContractError, match="under the same digest") if noticed else nullcontext():
            done(tmp_path / name, model, root, shop, list(turned.values()))
        assert (tmp_path / name / "rows/_manifest.json").exists() is not noticed


@pytest.mark.parametrize("shop", [SHOP, {"0101": "red.png"}])
def test_a_model_that_depends_on_its_batch_is_refused(tmp_path: Path, shop: dict[str, str | None]) -> None:
    """Even where there is one image alone; what was encoded in other company could not be compared."""
    root, together = laid(tmp_path / "images", FILES), tiny.image_model(tmp_path / "model", alone=False)
    with pytest.raises(ContractError, match=r"depends on its batch.*use fp32 or weight-only int8"):
        done(tmp_path / "done", together, root, shop)
    assert not (tmp_path / "done/rows/_manifest.json").exists()


def test_pictures_are_upright_and_cut_in_the_middle(tmp_path: Path) -> None:
    """What a camera says of its position is heeded; the shorter side is kept whole."""
    wide = of(RED, size=(600, 300))
    wide.paste(Image.new("RGB", (300, 300), BLUE), (300, 0))
    turned = wide.rotate(90, expand=True)
    exif = turned.getexif()
    exif[UPRIGHT] = 6
    plain, upright = picture(saved(wide, "PNG")), picture(saved(turned, "PNG", exif=exif))
    assert not isinstance(plain, str)
    assert not isinstance(upright, str)
    assert np.allclose(plain.pixels, upright.pixels, atol=1e-5)
    assert plain.pixels.shape == (3, 224, 224)
    # The middle of the wide picture is the border of the two colours.
    red = [(value / 255 - mean) / spread for value, mean, spread in zip(RED, tiny.MEAN, tiny.SPREAD, strict=True)]
    assert np.allclose(plain.pixels[:, 100, 100], red, atol=1e-5)
    assert not np.allclose(plain.pixels[:, 100, 124], red, atol=0.1)


def test_what_cannot_be_used_is_one_line(tmp_path: Path, model: Path) -> None:
    """A model that wants more than pictures, or returns NaN, no place, a wrong one, no articles; none at all is off."""
    root = laid(tmp_path / "images", FILES)
    with pytest.raises(ConfigurationError, match="give image_root"):
        done(tmp_path, model, "")
    with pytest.raises(ConfigurationError, match="image_root is 'images'"):
        done(tmp_path, model, "images")
    with pytest.raises(ContractError, match="there are no articles"):
        done(tmp_path, model, root, {})
    both = tiny.image_model(tmp_path / "both", inputs=("pixel_values", "input_ids"))
    with pytest.raises(ConfigurationError, match="the model wants an input 'input_ids'"):
        done(tmp_path, both, root)
    broken = tiny.image_model(tmp_path / "nan", times=float("nan"))
    with pytest.raises(ContractError, match="the model returned NaN or infinity for"):
        done(tmp_path / "of_nan", broken, root)
    assert not (tmp_path / "of_nan/rows/_manifest.json").exists()
    assert done(tmp_path, "", "")[2].details == {"state": "off"}
