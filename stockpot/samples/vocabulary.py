"""The words of the sample: who posts, what they eat, what they say about it."""

FIRST_NAMES = (
    "amara", "bao", "celine", "diego", "elif", "farah", "giulia", "hugo", "ines", "jonas", "kaito", "leila", "mateo",
    "noor", "oskar", "priya", "quentin", "rosa", "sofia", "tariq", "uma", "viktor", "wren", "ximena", "yuki", "zoe",
)  # fmt: skip
HANDLES = ("eats", "kitchen", "bakes", "table", "cooks", "bites", "ladle", "spoon", "pantry", "supper")
COUNTRIES = ("US", "IN", "DE", "FR", "JP", "BR", "TR", "IT", "MX", "GB", "NG", "KR")
SOURCES = ("web", "ios", "android")

DISHES = {
    "Bread": ("sourdough boule", "garlic naan", "seeded rye", "focaccia with rosemary", "milk bread rolls"),
    "Dairy product": ("burrata with tomatoes", "labneh bowl", "baked feta", "paneer skewers"),
    "Dessert": ("lemon tart", "tiramisu", "mango sticky rice", "chocolate babka", "crème caramel"),
    "Egg": ("shakshuka", "spanish tortilla", "soy-marinated eggs", "eggs benedict"),
    "Fried food": ("karaage", "vegetable pakora", "arancini", "fish and chips", "plantain fritters"),
    "Meat": ("lamb kofta", "short ribs", "schnitzel", "jerk chicken", "bulgogi"),
    "Noodles/Pasta": ("cacio e pepe", "dan dan noodles", "pad thai", "lasagne", "soba salad"),
    "Rice": ("jollof rice", "mushroom risotto", "bibimbap", "saffron pilaf", "onigiri"),
    "Seafood": ("grilled octopus", "shrimp tacos", "moules marinières", "salmon poke", "ceviche"),
    "Soup": ("miso ramen", "lentil soup", "pho bo", "borscht", "pumpkin soup"),
    "Vegetable/Fruit": ("roasted cauliflower", "fattoush", "papaya salad", "charred leeks", "berry platter"),
}
# Two that none of the eleven categories covers, and a missing one: the source does not check.
UNKNOWN_DISHES = {"Smoothie": ("spinach smoothie", "açai bowl"), "Street food": ("elote", "falafel wrap")}

CAPTIONS = (
    "{dish} for lunch",
    "Finally got the {dish} right!",
    "{dish}, recipe in the comments",
    "Sunday {dish} with the family ❤",
    "My grandmother's {dish}",
    "{dish} — take two",
    "First try at {dish}, be kind",
    "Late night {dish} 🌙",
    "{dish} at the night market",
    "Leftovers became {dish}",
)
PROVOKING_CAPTIONS = (
    "FREE followers!!! link in bio 👉 {dish}",
    "{dish}?? only 9.99 with code CHEAP, DM me",
    "not my photo but look at this {dish}",
    "guess what is really in this {dish} 😈",
)

REMARKS = (
    "looks delicious!",
    "recipe please 🙏",
    "saving this for the weekend",
    "how long in the oven?",
    "I can smell it from here",
    "made it yesterday, so good",
    "too much cilantro for me",
    "what brand is the pan?",
    "10/10",
    "my kids loved this",
    "wow",
    "is it spicy?",
)
QUARRELS = (
    "this is stolen from another page",
    "spam",
    "reported",
    "how is this even food",
    "stop posting ads",
    "gross",
)
REASONS = ("spam", "not food", "stolen photo", "offensive caption", "misleading")
