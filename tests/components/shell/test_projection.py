"""What a pipeline asks a source for is checked where it is written."""

from typing import Any

import pytest

from components.shell.errors import ConfigurationError
from components.shell.personal import Personal, personal
from components.shell.projection import Asked, Projection, every_name, parse, projection, renamed

WRONG: list[tuple[Any, str]] = [
    ({"users": ["id timestmptz"]}, "column 'id' is 'timestmptz'; did you mean timestamptz?"),
    ({"users": ["id serial"]}, "column 'id' is 'serial'; known are string, boolean, int, "),
    ({"users": ["id long presonal"]}, "column 'id' is 'presonal'; did you mean personal?"),
    ({"users": ["id presonal"]}, "column 'id' is 'presonal'; did you mean personal?"),
    ({"users": ["id personal long"]}, "column 'id' is 'personal'"),
    ({"users": ["id long long"]}, "column 'id' is 'long'"),
    ({"users": ["id decimal(39,2)"]}, "column 'id' is 'decimal(39,2)'"),
    ({"users": ["id decimal(3,4)"]}, "column 'id' is 'decimal(3,4)'"),
    ({"users": ["id list<list<int>>"]}, "column 'id' is 'list<list<int>>'"),
    ({"users": ["note?"]}, "column 'note?' must be written 'name', 'name type', "),
    ({"users": [""]}, "column '' must be written"),
    ({"users": [{"name": "id"}]}, "column {'name': 'id'} must be written"),
    ({"users": "id"}, "its columns must be a list"),
    ({"users": []}, "its columns must be a list"),
    ({"users": ["id", "ID long"]}, "column 'id' is there twice"),
    ({"users": ["id"], "users?": ["id long"]}, "it is there twice"),
    ({"orders?": ["id"]}, "it may be missing, so 'id' needs a type"),
    ({"orders?": ["*"]}, "it may be missing, so '*' needs a type"),
    ({"": ["id"]}, "'' is no table name"),
    ({"a/b": ["id"]}, "'a/b' is no table name"),
    ({"users": ["id", "email"]}, "column users.email is personal"),
    ({"users": ["label|e-mail string"]}, "column users.label is personal"),
    ({}, "no table is asked for"),
    (["users"], "['users'] are no tables"),
]


@pytest.mark.parametrize(("definition", "message"), WRONG)
def test_a_wrong_definition_is_refused_where_it_is_written(definition: Any, message: str) -> None:
    """One line with what is wrong and, where there is one, the near match: exit code 11."""
    with pytest.raises(ConfigurationError) as raised:
        projection(definition)
    assert message in str(raised.value)


def test_a_definition_says_names_types_and_what_may_be_missing() -> None:
    """Names may be quoted as in SQL, and be several; words follow in one order."""
    definition = {
        "users": ["id", "born date? personal", 'at|"when ""it"" was" timestamptz', "price decimal(20, 9)", "*"],
        "crm.orders?": ["tags list<string>"],
    }
    users, orders = parse(projection(definition), Personal())
    assert users.columns == (
        Asked("id", ("id",)),
        Asked("born", ("born",), "date", optional=True, personal=True),
        Asked("at", ("at", 'when "it" was'), "timestamptz"),
        Asked("price", ("price",), "decimal(20,9)"),
    )
    assert (users.all, users.optional) == (True, False)
    assert orders == Projection(
        "crm.orders", ("crm.orders",), (Asked("tags", ("tags",), "list<string>"),), optional=True
    )


MARKED = [
    ("users", "email"), ("t", "contact_emails"), ("t", "emailAddress"), ("t", "E-Mail"), ("t", "EMail"),
    ("t", "\uff45\uff4d\uff41\uff49\uff4c"), ("t", "PHONE1"), ("t", "mobile_number"), ("users", "mobile"),
    ("t", "password_hash"), ("t", "hashedPassword"), ("t", "PASSWD"), ("t", "first_name"), ("t", "LastName"),
    ("t", "customer_first_name"), ("t", "username"), ("t", "user_name"), ("users", "name"), ("app_users", "Name"),
    ("CustomerAccounts", "name"), ("t", "author_name"), ("t", "address"), ("t", "shipping_address"),
    ("t", "billing addresses"), ("t", "street"), ("t", "postal_code"), ("t", "zip"), ("t", "ZIPCode"),
    ("t", "birth_date"), ("t", "date_of_birth"), ("t", "year_of_birth"), ("t", "dob"), ("t", "ip"), ("t", "client_ip"),
    ("t", "IPAddress"), ("t", "useremail"), ("t", "emailaddress"), ("t", "homephone"), ("t", "phonenumber"),
    ("t", "shippingaddress"), ("t", "dateofbirth"), ("t", "customerfirstname"), ("t", "postalcode"),
    ("t", "passwordhash"), ("t", "creditcardnumber"), ("t", "ip_v4"), ("t", "user_agent"),
    ("t", "pw_hash"), ("t", "pwhash"), ("t", "ipaddr"), ("t", "gps"), ("t", "gpsPosition"), ("t", "lat"),
    ("t", "home_lon"), ("t", "lng"), ("t", "latitude"), ("t", "longitude"),
    ("t", "ssn"), ("t", "iban"), ("t", "reset_token"),
    ("t", "\u0435mail"), ("t", "ema\u0131l"), ("t", "\u00e9mail"), ("t", "e\u0301mail"),
    ("t", "\u0440h\u03bfne"), ("t", "\u0456p"),
]  # fmt: skip
UNMARKED = [
    ("t", "id"), ("users", "created_at"), ("t", "description"), ("t", "shipping_cost"), ("t", "recipe"), ("t", "tip"),
    ("articles", "prod_name"), ("articles", "product_type_name"), ("articles", "index_group_name"),
    ("categories", "name"), ("t", "department_name"), ("t", "colour_group_name"), ("t", "graphical_appearance_name"),
    ("customers", "age"), ("customers", "club_member_status"), ("customers", "fashion_news_frequency"),
    ("customers", "signup_date"), ("t", "customer_id"), ("t", "session_id"), ("t", "postal"), ("t", "article_id"),
    ("t", "review_text"), ("t", "is_test_account"), ("t", "token_count"), ("t", "caption"),
    ("t", "mobile"), ("t", "last_login"), ("t", "country_of_residence"), ("t", "telemetry"), ("t", "taxonomy"),
    ("t", "hotel"), ("t", "stripe"), ("t", "unzipped"), ("t", "remainder"), ("t", "dropped_at"), ("t", "naming_scheme"),
    ("t", "flat_rate"), ("t", "latest"), ("t", "platform"), ("t", "longest"), ("t", "salon"), ("t", "translation"),
]  # fmt: skip


# Tables of a shop and of a platform for photos, and what is personal in them.
SOURCES = {
    "customers": (
        "customer_id age postal_code club_member_status active first_name last_name email gender password_hash address",
        "postal_code first_name last_name email password_hash address",
    ),
    "articles": (
        "prod_name product_type_name graphical_appearance_name colour_group_name department_name index_name",
        "",
    ),
    "orders": (
        "order_id customer_id order_date total_amount payment_status shipping_address quantity unit_price line_total",
        "shipping_address",
    ),
    "events": ("event_id session_id anonymous_id article_id event_type campaign_id occurred_at device known_at", ""),
    "reviews": ("review_id rating title review_text verified_purchase helpful_votes aspect_terms language", ""),
    "users": (
        "id username created_at tos_version_accepted country_of_residence year_of_birth is_test_account",
        "username year_of_birth",
    ),
    "images": ("id user_id s3_url caption category uploaded_at views source deleted_at", ""),
}


def test_personal_columns_are_known_by_the_words_of_their_names() -> None:
    """In any usual spelling, one or many, in any script's width; and words that only look alike are no such ones."""
    default = Personal()
    assert [place for place in MARKED if not default.marks(*place)] == []
    assert [place for place in UNMARKED if default.marks(*place)] == []
    for table, (columns, marked) in SOURCES.items():
        assert [name for name in columns.split() if default.marks(table, name)] == marked.split()


def test_the_list_of_what_is_personal_can_be_changed() -> None:
    """Words are added, and taken away behind a dash; one that is not there has its near match named."""
    changed = personal(["loyalty card", "-postal_code", "staff.note"])
    assert changed.marks("t", "loyaltyCard_no")
    assert changed.marks("staff", "notes")
    assert not changed.marks("t", "note")
    assert not changed.marks("t", "postal_code")
    assert changed.marks("t", "email")
    assert projection({"users": ["postal_code"]}, ["-postal_code"])
    for wrong, message in [
        ("-emial", "did you mean -email?"),
        ("", "marks nothing"),
        ("-", "marks nothing"),
        (3, "marks"),
    ]:
        with pytest.raises(ConfigurationError) as raised:
            personal([wrong])
        assert message in str(raised.value)


def test_a_table_has_several_names_and_a_column_what_its_text_stands_for() -> None:
    """The first that the source knows is taken; a type behind a wave holds for texts alone, and for nulls."""
    (sales,) = parse(projection({"sales|transactions_train?": ["at ~date?", "id string"]}), Personal())
    assert (sales.name, sales.sources, sales.required) == ("sales", ("sales", "transactions_train"), False)
    assert [sales.called(known).source for known in ({"transactions_train"}, {"x"})] == ["transactions_train", "sales"]
    (at, _) = sales.columns
    assert (at.type, at.text, at.nulls, at.optional) == ("", "date", "date", True)
    with pytest.raises(ConfigurationError, match="it may be missing, so 'at' needs a type"):
        projection({"sales?": ["at"]})
    with pytest.raises(ConfigurationError, match=r"column 'at' is '~dat'"):
        projection({"sales": ["at ~dat"]})


def test_one_mapping_of_names_serves_several_who_ask() -> None:
    """What others ask for says nothing here; what nobody asks for is refused with the near match."""
    asked = parse(projection({"sales|s": ["at date"]}), Personal())
    elsewhere = every_name(parse(projection({"customers": ["age int?"]}), Personal()))
    assert elsewhere == ["customers", "customers.age"]
    names = {"sales": "till.sales", "sales.at": "sold_on", "customers.age": "years", "customers": "crm.people"}
    (sales,) = renamed(asked, names, elsewhere)
    assert (sales.sources, sales.required, sales.columns[0].sources) == (("till.sales",), True, ("sold_on",))
    for wrong, meant in (("customers.aged", "customers.age"), ("sale", "sales")):
        with pytest.raises(ConfigurationError, match=f"nobody asks for; did you mean {meant}"):
            renamed(asked, {**names, wrong: "x"}, elsewhere)
