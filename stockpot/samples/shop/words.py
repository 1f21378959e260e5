"""The words of the shop: what it sells, and what people say of it."""

from collections.abc import Mapping, Sequence

# Name of the department, and its groups with their types; the tree of categories has the same three levels.
TREE: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Ladieswear": {"Garment Upper body": ("Blouse", "Sweater", "Top"), "Garment Lower body": ("Trousers", "Skirt"),
                   "Garment Full body": ("Dress", "Jumpsuit")},
    "Menswear": {"Garment Upper body": ("Shirt", "Hoodie", "T-shirt"), "Garment Lower body": ("Trousers", "Shorts"),
                 "Shoes": ("Sneakers", "Boots")},
    "Baby/Children": {"Garment Upper body": ("Cardigan", "Top"), "Garment Lower body": ("Leggings/Tights",),
                      "Socks & Tights": ("Socks",)},
    "Divided": {"Garment Full body": ("Dress",), "Accessories": ("Bag", "Hat/beanie", "Belt")},
    "Sport": {"Garment Upper body": ("Vest top", "Jacket"), "Garment Lower body": ("Leggings/Tights", "Shorts")},
}  # fmt: skip
COLOURS = ("Black", "White", "Dark Blue", "Light Pink", "Beige", "Grey", "Red", "Greenish Khaki", "Off White")
LOOKS = ("Solid", "Stripe", "Melange", "All over pattern", "Denim", "Check")
MATERIALS = (
    "soft cotton jersey",
    "ribbed viscose",
    "airy linen",
    "recycled polyester",
    "fine-knit wool",
    "washed denim",
)
CUTS = ("a relaxed fit", "a straight cut", "an oversized silhouette", "a narrow waist", "a high neck")
DETAILS = ("concealed side pockets", "a discreet zip at the back", "long sleeves", "a drawstring", "raw-edge hems")
NAMES = ("Perrie", "Luna", "Tilly", "Jade", "Roy", "Sirpa", "Bama", "Heron", "Mika", "Dorian", "Ebba", "Unn", "Kim")
CLUB = ("ACTIVE", "PRE-CREATE", "LEFT CLUB")
# The public data spell "no news" in two ways, beside leaving it out.
NEWS = ("NONE", "None", "Regularly", "Monthly")
FIRST_NAMES = ("Alma", "Bo", "Cleo", "Dario", "Edda", "Finn", "Greta", "Hasan", "Ida", "Jona", "Kaja", "Levi")
LAST_NAMES = ("Berg", "Costa", "Dahl", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kowalski")
STREETS = ("Lindenweg", "Storgatan", "Rue Haute", "Via Roma", "Kalverstraat")

GOOD = (
    "Lovely {thing}, fits perfectly!", "I LOVE this {thing} 😍", "Great quality, would buy the {thing} again.",
    "The {thing} is soft &amp; warm. <b>Very</b> happy.",
    "Better than expected - the {thing} looks like in the picture.",
)  # fmt: skip
MIDDLING = (
    "The {thing} is okay for the price.", "Nice colour, but the {thing} runs small.",
    "Average {thing}, nothing special.",
)  # fmt: skip
BAD = (
    "Don't buy this {thing}, it isn't good.", "It wasn't worth it! The {thing} tore after one wash.",
    "Terrible {thing} :( sent it back", "The quality of the {thing} is NOT good.",
)  # fmt: skip
FOREIGN = (
    "Très belle qualité, je recommande vivement cet article à toutes mes amies.",
    "Die Qualität ist leider sehr schlecht, ich habe den Artikel zurückgeschickt.",
    "La tela es muy suave y el color es precioso, estoy muy contenta.",
)
SPAM = ("good", "aaaaaaa", "https://cheap.example/deal", "ok ok ok", "")
