"""What the shop sells: a tree of categories, and articles that come, change, go, and sometimes come back."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stockpot.samples.shop import words
from stockpot.samples.shop.draw import Numbers, Shares, below, chance, hashed, pick, share
from stockpot.samples.shop.scale import Scale

# Rows that stand in the tree and should not: two that are each other's parent, and one whose parent is not there.
_BROKEN_CATEGORIES = [("C900", "Clearance", "C901"), ("C901", "Seasonal", "C900"), ("C950", "Gift cards", "C999")]
_NEVER = np.int64(1 << 40)


@dataclass(frozen=True)
class Catalogue:
    """Articles by number: which type they are of, when they are on sale, and how much they are asked for.

    `born`, `gone` and `back` are numbers of days: an article is on sale from the first to the second, and from the
    third on.
    """

    scale: Scale
    kind: Numbers
    born: Numbers
    gone: Numbers
    back: Numbers
    popularity: Shares
    lasting: int

    @property
    def numbers(self) -> Numbers:
        """Numbers of all articles that there will ever be."""
        return np.arange(self.scale.articles, dtype=np.int64)

    def on_sale(self, article: Numbers, day: Numbers | int) -> np.ndarray:
        """Whether each article is on sale on that day."""
        return (self.born[article] <= day) & ((day < self.gone[article]) | (day >= self.back[article]))

    def bought(self, day: Numbers, at: Shares) -> Numbers:
        """Articles that people buy on these days: popular ones more often, and only what is on sale."""
        wanted = pick(self.popularity, at)
        return np.where(self.on_sale(wanted, day), wanted, wanted % self.lasting)

    def cents(self, article: Numbers, day: Numbers | int) -> Numbers:
        """Price on that day: a level of four weeks, and now and then a week at four fifths."""
        seed, week = self.scale.seed, np.asarray(day, dtype=np.int64) // 7
        base = 499 + 500 * below(18, share(seed, "price", article))
        level = 90 + 5 * below(5, share(seed, "level", article, week // 4))
        reduced = np.where(chance(0.06, seed, "sale", article, week), 80, 100)
        return base * level * reduced // 10_000

    def stock(self, article: Numbers, day: int) -> Numbers:
        """Pieces in stock on that day."""
        return below(400, share(self.scale.seed, "stock", article, day))

    def described_anew(self, article: Numbers, day: int) -> np.ndarray:
        """Whether the description has been written anew by that day."""
        seed, horizon = self.scale.seed, self.scale.horizon
        when = below(horizon, share(seed, "written anew", article))
        return chance(0.1, seed, "is written anew", article) & (when <= day)


def catalogue(scale: Scale) -> Catalogue:
    """The catalogue of a shop of that scale."""
    seed, horizon = scale.seed, scale.horizon
    number = np.arange(scale.articles, dtype=np.int64)
    # The first nine tenths were there before the shop opened; of those, the first half stays for ever.
    early, lasting = number < scale.articles * 9 // 10, scale.articles * 9 // 20
    born = np.where(early, -1 - below(400, share(seed, "born", number)), below(horizon, share(seed, "born", number)))
    goes = chance(0.08, seed, "goes", number) & (number >= lasting)
    gone = np.where(goes, np.maximum(born, 0) + 10 + below(horizon, share(seed, "gone", number)), _NEVER)
    back = np.where(chance(0.5, seed, "comes back", number), gone + 14, _NEVER)
    kinds = len(leaves())
    popularity = 1 / (10 + hashed(seed, "rank", number) % np.uint64(scale.articles)).astype(float) ** 0.8
    return Catalogue(scale, number % kinds, born, gone, back, popularity, lasting)


def leaves() -> list[tuple[str, str, str, str]]:
    """Department, group, type and category id of all types, in order."""
    kinds = [
        (section, group, kind) for section, groups in words.TREE.items() for group in groups for kind in groups[group]
    ]
    return [(*one, f"C{number:03d}") for number, one in enumerate(kinds, 300)]


def categories() -> pa.Table:
    """The tree of categories: departments, groups, types, and what is wrong with it."""
    rows: list[tuple[str, str, str | None]] = []
    groups: dict[tuple[str, str], str] = {}
    for number, section in enumerate(words.TREE, 100):
        rows.append((f"C{number}", section, None))
        for group in words.TREE[section]:
            groups[section, group] = f"C{200 + len(groups)}"
            rows.append((groups[section, group], group, f"C{number}"))
    rows += [(leaf, kind, groups[section, group]) for section, group, kind, leaf in leaves()]
    rows += _BROKEN_CATEGORIES
    ids, names, parents = zip(*rows, strict=True)
    columns = {"category_id": ids, "name": names, "parent_category_id": parents}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def article_ids(scale: Scale) -> pa.StringArray:
    """Ids by number: ten digits, of which the first is a zero, as H&M writes them."""
    number = np.arange(scale.articles, dtype=np.int64)
    product = 108_775 + number // 3
    return pa.array([f"{code:07d}{variant:03d}" for code, variant in zip(product, number % 3 + 1, strict=True)])
