"""The rules by which a column gets its role: a name, a look at its content, a strength; a table of data, not code.

A rule fits when its pattern occurs in the words of the name (joined by blanks) and its content test holds; the strongest wins.
Names alone never decide: every named rule tests the content too. Strengths: 2 privacy and emptiness, around 1 a plain name,
around 0.6 a vague one, below 0.5 content alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from segmentry.tables.profile import ColumnProfile
from segmentry.tables.role_content import (
    ages,
    amounts,
    anything,
    areas,
    banded,
    bare_key,
    calendar_part,
    coarse,
    coded,
    compact_days,
    counts,
    date_like,
    emails,
    few,
    flag_like,
    group_codes,
    grouped,
    key_like,
    kinds,
    levels,
    long_codes,
    long_text,
    many_levels,
    mostly_date,
    mostly_flag,
    mostly_number,
    number_like,
    other_key,
    own_key,
    own_text,
    padded_groups,
    padded_keys,
    person_key,
    phones,
    plain_phones,
    postcodes,
    row_numbers,
    shares,
    short_code,
    urls,
    whole_counts,
    words_only,
    years,
)
from segmentry.tables.schema import Kind, Role

CUSTOMER = (
    "customers?|clients?|clientes?|kunden?|cust|users?|households?|hh|members?|mitglied|subscriber|shopper|buyer|consumer|acheteur|adherent|"
    "socio|accounts?|acct|konto|card ?holder|persons?|people|donor|guest|patron|visitor|player|patient|student|loyalty card|crm"
)
_ID = "id|ids|no|nr|num|number|nummer|numero|key|code|ref|reference|uuid|guid|uid|identifier"
_PRODUCT = "products?|prod|sku|stock|articles?|art|artikel|produits?|productos?|items?|material|line ?items?|ean|upc|gtin|asin|isbn|plu"
_ORDER = (
    "orders?|invoices?|baskets?|receipts?|tickets?|bons?|bestell(?:ung)?s?|rechnungs?|auftrags?|commandes?|factures?|pedidos?|facturas?|"
    "transactions?|trans|txn|purchases?|checkout|bills?|carts?|bookings?|document|voucher"
)
_CAMPAIGN = "campaigns?|cmp|kampagnen?|campagnes?|campanas?|mailings?|promotions?"
_PLACE = (
    "country|land|pays|pais|city|stadt|ort|ville|ciudad|town|state|bundesland|province|provincia|county|department store|region|area|zone|market|"
    "store|shop|branch|outlet|filiale|magasin|tienda|location|warehouse|site|territory|district|suburb"
)
_AFTERWARDS = "deliver|ship|estimat|approv|updat|modif|end|expir|due|liefer|livraison|entrega|return"
_EXPERIMENT = "experiments?|trials?|ab ?tests?|a b ?tests?|split ?tests?|holdouts?|versuche?|essais?|ensayos?"
_CHANNEL = "channels?|kanal|vertriebskanal|canal|media|medium|source|device|platform"
_DAY = "date|datum|fecha|data|day|tag|jour|dia|time|timestamp|datetime|zeit|when|at|ts"

ONE_EACH: dict[str, frozenset[str]] = {
    "transactions": frozenset({
        "id", "date", "amount", "quantity", "unit_price", "order_id", "line_id", "product", "product_name", "category", "channel",
        "currency",
    }),
    "products": frozenset({"product", "product_name", "category", "unit_price", "currency"}),
    "campaigns": frozenset({"campaign", "date", "channel", "currency"}),
    "contacts": frozenset({"id", "campaign", "date", "response", "contact", "channel"}),
    "events": frozenset({"id", "date", "event", "event_type", "channel"}),
    "trials": frozenset({"id", "experiment", "campaign", "arm", "date", "probability", "exposed", "channel"}),
    "snapshot": frozenset({"id", "birth_year", "birth_date", "joined", "target", "recency", "channel", "currency"}),
    "unknown": frozenset({"id", "date", "target"}),
}  # fmt: skip
KEPT_CONSTANT = frozenset(
    {"id", "date", "amount", "quantity", "unit_price", "order_id", "product", "campaign", "currency", "event_type", "experiment", "consent"}
)
_WHO = frozenset({"snapshot", "customers", "unknown"})
_SALES = frozenset({"transactions", "unknown"})
_GOODS = frozenset({"transactions", "products", "unknown"})
_SENT = frozenset({"contacts", "campaigns", "events", "trials", "unknown"})
_DRAWN = frozenset({"trials", "unknown"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to recognise a role.

    Parameters
    ----------
    role, kind
        What the column gets.
    means : str
        What it stands for, said in reasons after "named like": "a customer id".
    names : re.Pattern or None
        Sought in the words of the name, joined by blanks; None means content alone.
    holds : callable
        Content test.
    strength : float
    tables : frozenset of str
        Kinds of table it is for; empty means all.
    """

    role: Role
    kind: Kind
    means: str
    names: re.Pattern[str] | None
    holds: Callable[[ColumnProfile], bool]
    strength: float
    tables: frozenset[str] = frozenset()


def _named(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b")


def _exactly(words: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{words})$")


_KEYS = (
    Rule("id", "id", "a customer id",
         _exactly(rf"(?:{CUSTOMER}) ?(?:{_ID})|(?:id|no|nr|num|numero|code) ?(?:de |du |del |der )?(?:{CUSTOMER})"), key_like, 1.0),
    Rule("id", "id", "a customer id", _exactly(rf"(?:\w+ ){{1,2}}(?:{CUSTOMER}) ?(?:id|no|nr|number|uuid|guid)"), key_like, 0.9),
    Rule("id", "id", "the customer", _exactly(f"(?:{CUSTOMER})"), person_key, 0.8),
    Rule("id", "id", "an id",
         _exactly(
             r"id|uid|uuid|guid|(?:unique|record|master|row|contact|respondent|cookie|device|anonymous) (?:id|key)|identifier|respondent"
         ), bare_key, 0.6),
    Rule("order_id", "id", "an order id", _exactly(rf"(?:\w+ )?(?:{_ORDER}) ?(?:{_ID})"), key_like, 0.95, _SALES),
    Rule("order_id", "id", "an order", _exactly(f"(?:{_ORDER})"), person_key, 0.7, _SALES),
    Rule("line_id", "id", "an order line id",
         _exactly(rf"(?:(?:{_ORDER}) )?(?:lines?|row|position|(?:order|line) ?item|pos) ?(?:{_ID})"), key_like, 0.97, _SALES),
    Rule("line_id", "id", "an id of the single row", _exactly("id|uid|uuid|guid"), own_key, 0.58, frozenset({"transactions"})),
    Rule("product", "id", "a product id", _exactly(rf"(?:{_PRODUCT}) ?(?:{_ID}|sku|ean|upc)|id ?(?:{_PRODUCT})"), key_like, 0.95, _GOODS),
    Rule("product", "id", "a product", _exactly(f"(?:{_PRODUCT})"), coded, 0.75, _GOODS),
    Rule("product", "id", "an id", _exactly("id|sku|code|key|number|no|nr"), key_like, 0.94, frozenset({"products"})),
    Rule("campaign", "id", "a campaign id",
         _exactly(rf"(?:{_CAMPAIGN}) ?(?:{_ID})|id ?(?:{_CAMPAIGN})"), key_like, 0.95, _SENT | {"transactions"}),
    Rule("campaign", "id", "a campaign", _exactly(f"(?:{_CAMPAIGN})|campaign name"), coded, 0.75, _SENT),
    Rule("campaign", "id", "an id", _exactly("id|code|key|number|no|nr"), key_like, 0.94, frozenset({"campaigns"})),
    Rule("ignore", "id", "an event id", _exactly(rf"(?:event|session|visit|click|message) ?(?:{_ID})"), key_like, 0.9),
    Rule("ignore", "id", "an id of something else", _named("id|uuid|guid|uid|upc|ean|gtin|isbn|sku|barcode"), other_key, 0.55),
)  # fmt: skip

_SALE = (
    Rule("date", "date", "a date",
         _exactly(
             rf"(?:{_DAY})|(?:{_ORDER}|sales?|event|visit|contact|contacted|sent|send|redemption|click|open|session|start|activity|"
             rf"interaction|posting|kauf|bestell|rechnungs|rechnung|vente|venta|achat|compra) ?(?:de |of )?(?:{_DAY})|(?:{_DAY}) (?:of |"
             rf"de |du |d )?(?:{_ORDER}|sales?|vente|venta|achat|compra|event|visit|contact)|bestelldatum|kaufdatum|rechnungsdatum|"
             rf"(?:ordered|purchased|sent|occurred|contacted|visited) (?:at|on)"
         ), mostly_date, 1.0, _GOODS | _SENT),
    Rule("date", "date", "a date",
         re.compile(rf"^(?!.*\b(?:{_AFTERWARDS})).*\b(?:date|datum|fecha|timestamp|datetime|created)\b"), mostly_date, 0.7, _SALES | _SENT),
    Rule("date", "date", "a date", _named("date|datum|fecha|timestamp|datetime"), mostly_date, 0.6, _SALES | _SENT),
    Rule("amount", "money", "an amount",
         _exactly(
             r"amount|total|sales|sale|revenue|turnover|value|betrag|umsatz|montant|importe|monto|ventas?|spend|spent|gross|net|dollars|"
             r"(?:sales|order|payment|line|total|net|gross|basket|invoice|purchase|transaction|extended|item) (?:value|amount|total|price|revenue|"
             r"sales|spend)|(?:amount|value|price|montant|betrag|revenue)(?: \w+)?|total ?price|line ?total|gesamtbetrag|gesamtpreis"
         ), mostly_number, 0.9, _SALES | {"trials"}),
    Rule("unit_price", "money", "a price per unit",
         _exactly(
             r"(?:unit|item|line ?item|list|retail|sales?|selling|catalog|regular) ?(?:price|cost)|price|stuckpreis|einzelpreis|preis|"
             r"prix(?: unitaire)?|precio(?: unitario)?|price (?:per|each) ?\w*"
         ), mostly_number, 0.92, _GOODS),
    Rule("quantity", "number", "a quantity",
         _exactly(r"(?:\w+ )?(?:quantity|qty|units?|menge|anzahl|quantites?|cantidad|pieces|pcs|stuck)(?: \w+)?|items"),
         mostly_number, 0.9, _SALES),
    Rule("discount", "money", "a discount",
         _named(r"disc|discounts?|rabatte?|remise|descuentos?|markdown|reduction|nachlass"), mostly_number, 0.93, _SALES),
    Rule("number", "money", "a cost",
         _named("costs?|tax|vat|shipping|freight|fees?|margin|profit"),
         mostly_number, 0.6, frozenset({"transactions", "campaigns", "products", "contacts"})),
    Rule("currency", "category", "a currency", _named("currency|wahrung|waehrung|devise|moneda|ccy"), short_code, 1.0),
    Rule("product_name", "text", "a product name",
         _exactly(
             rf"(?:{_PRODUCT}) ?(?:name|title|description|desc|bezeichnung|libelle|nombre)|description|desc|bezeichnung|designation|"
             rf"libelle|descripcion|title"
         ), words_only, 0.85, _GOODS),
    Rule("product_name", "text", "a product name", _exactly("name|label|nom|nombre"), words_only, 1.3, frozenset({"products"})),
    Rule("attribute", "category", "a campaign's name", _named("name|title|label|description"), words_only, 1.3, frozenset({"campaigns"})),
    Rule("category", "category", "a product category",
         _exactly(rf"(?:{_PRODUCT})? ?(?:category|kategorie|categorie|categoria)(?: name)?"), coarse, 0.95, _GOODS),
    Rule("category", "category", "a product category",
         _named(
             "category|categories|cat|department|dept|family|class|line|group|genre|aisle|sector|warengruppe|kategorie|rayon|categorie|"
             "categoria|type|division|section"
         ), coarse, 0.9, _GOODS),
    Rule("category", "category", "a product category",
         _named("category|kategorie|categorie|categoria|department|warengruppe|rayon"), levels, 0.5, _GOODS),
    Rule("ignore", "number", "a part of the date, which the date says better",
         _exactly(r"(?:\w+ )?(?:week|month|quarter|year|weekday|hour|semaine|monat|woche|mois|day of week)(?: (?:no|number|of year))?"),
         calendar_part, 0.95, _SALES),
    Rule("event_type", "category", "a kind of event",
         _exactly(r"(?:event|action|activity|interaction|touch ?point|engagement) ?(?:type|name|kind)?"), kinds, 0.95, _SENT),
    Rule("event_type", "category", "a kind of event", _exactly("type|kind"), kinds, 0.9, frozenset({"events"})),
    Rule("visits", "number", "a number of visits",
         _exactly(r"count|n|number|visits|sessions|clicks|opens|page ?views"), counts, 0.8, frozenset({"events"})),
    Rule("response", "flag", "a response",
         _named("responded|response|responses|redeemed|converted|conversion|bought|accepted|purchased|reaktion|reponse|respuesta"),
         flag_like, 1.0, frozenset({"contacts", "trials"})),
    Rule("channel", "category", "a channel",
         _named(_CHANNEL), grouped, 0.8),
    Rule("channel", "category", "a channel", _named(_CHANNEL), words_only, 0.8, frozenset({"campaigns"})),
)  # fmt: skip

_TRIAL = (
    Rule("experiment", "id", "an experiment", _exactly(rf"(?:{_EXPERIMENT}) ?(?:{_ID}|name|title)?"), coded, 1.0, _DRAWN),
    Rule("arm", "category", "the arm of an experiment",
         _exactly(rf"(?:(?:{_EXPERIMENT}|test|treatment) )?(?:arms?|variants?|variante|variation|cell|bucket)|(?:{_EXPERIMENT}|test|treatment) group"),
         few, 1.0, _DRAWN),
    Rule("arm", "category", "the arm of an experiment",
         _exactly(rf"(?:{_EXPERIMENT}|test|treatment) (?:arm|group|variant|cell)|arm"), grouped, 1.0, _WHO),
    Rule("response", "flag", "the outcome", _exactly("purchase|buyer|target|label|outcome|y"), flag_like, 0.96, frozenset({"trials"})),
    Rule("arm", "category", "the arm of an experiment", _exactly("groups?|treatments?|treated|assignment|assigned(?: to)?|gruppe|groupe|grupo|offer"),
         few, 0.95, frozenset({"trials"})),
    Rule("date", "date", "the day of the lot",
         _exactly(rf"(?:assigned|randomi[sz]ed|allocated|enrolled|started|drawn|included) (?:on|at|{_DAY})|assignment (?:{_DAY})|start(?: (?:{_DAY}))?"),
         mostly_date, 1.0, frozenset({"trials"})),
    Rule("probability", "number", "a logged probability",
         _exactly(r"(?:assignment |treatment |logged |arm )?(?:probability|propensity|prob|propensity score|p)"), shares, 1.0, frozenset({"trials"})),
    Rule("exposed", "flag", "who really saw it",
         _exactly(r"(?:was |really |actually )?(?:exposed|exposure|saw|seen|opened|delivered|received|reached|contacted)(?: it)?"),
         flag_like, 1.05, frozenset({"trials"})),
)  # fmt: skip

_PERSON = (
    Rule("birth_year", "number", "a year of birth", _named("birth|born|yob|geburtsjahr|geburt|jahrgang|naissance|nacimiento"), years, 1.0),
    Rule("birth_date", "date", "a date of birth",
         _named("birth|birthday|birthdate|dob|born|geburtsdatum|geburtstag|geb|naissance|nacimiento"), mostly_date, 0.99),
    Rule("age", "number", "an age", _exactly(r"(?:customer |client )?(?:age|alter|edad)(?: (?:years|yrs|in years|jahre))?"), ages, 1.0),
    Rule("age", "category", "an age group",
         _exactly(
             r"(?:customer |client )?(?:age|alter|altersgruppe|edad)(?: (?:group|band|range|class|bracket|desc|bin|cat))?|(?:tranche|"
             r"grupo) d? ?e? ?(?:age|edad)"
         ), banded, 0.98),
    Rule("income", "money", "an income",
         _named("income|salary|wage|einkommen|gehalt|revenus?|salaire|ingresos?|salario|renta|sueldo"), mostly_number, 0.95, _WHO),
    Rule("income", "category", "an income group",
         _named("income|salary|wage|einkommen|gehalt|revenus?|salaire|ingresos?|salario|renta|sueldo"), banded, 0.94, _WHO),
    Rule("children", "number", "children at home",
         _named(r"kids?|kid ?home|teen ?home|teens?|children|child|kinder|enfants|hijos"), whole_counts, 0.95, _WHO),
    Rule("children", "number", "children at home",
         _exactly(r"kid ?home|teen ?home|kids at home|children at home|num children|kids count"), number_like, 0.95, _WHO),
    Rule("children", "category", "children at home",
         _exactly(r"(?:num |number of |n )?(?:kids?|children|teens|kinder|enfants|hijos)(?: (?:count|home|at home|number))?"),
         banded, 0.94, _WHO),
    Rule("joined", "date", "the day the customer joined",
         _named(
             r"(?:dt|date) customer|customer since|sign ?up|signed up|register(?:ed)?|registration|join(?:ed)?|enrol(?:l?ed|l?ment)?|"
             r"member since|since|created|acquisition|onboard(?:ed|ing)|first (?:purchase|order)|anmelde\w*|kunde seit|inscription|alta|"
             r"subscribed|start"
         ), mostly_date, 0.95, _WHO),
    Rule("attribute", "date", "", None, date_like, 0.45),
    Rule("recency", "number", "days since the last purchase",
         _named(r"recency|days since(?: last)?|last (?:purchase|order) days"), mostly_number, 0.97, _WHO),
    Rule("number", "number", "a score", _named("score|index|ratio|percent|pct|prcnt|rank"), amounts, 0.92, _WHO),
    Rule("satisfaction", "number", "a satisfaction score",
         _named(r"nps|csat|ces|satisfaction|satisfied|rating|stars|zufriedenheit|satisfaccion|review score"), mostly_number, 0.96),
    Rule("satisfaction", "category", "a satisfaction level",
         _named(r"nps|csat|satisfaction|satisfied|zufriedenheit|satisfaccion"), banded, 0.9),
    Rule("spend", "money", "spend",
         re.compile(
             r"^(?:mnt|amt|amount|montant|betrag|spend|spent|expenditure|ausgaben|gastos?|depenses?|umsatz)\b|\b(?:spend|spent|expenditure|"
             r"revenue|turnover|sales|umsatz|monetary|ltv|clv|total amount|purchase amount|total charges|order value)\b"
         ), amounts, 0.9, _WHO),
    Rule("purchases", "number", "a number of purchases",
         _named(r"purchases|orders|transactions|bookings|frequency|bestellungen|commandes|achats|compras|pedidos"), counts, 0.91, _WHO),
    Rule("visits", "number", "a number of visits",
         _named(r"visits?|sessions|logins|page ?views|clicks|opens|besuche|visites|visitas"), counts, 0.9, _WHO),
    Rule("consent", "flag", "a consent",
         _named(
             r"consents?|opt ?in|opt ?out|opted|newsletter|permission|gdpr|subscribed|subscription|einwilligung|consentement|"
             r"consentimiento|marketing allowed|contactable|unsubscribed|do not (?:contact|e ?mail|mail|call)"
         ), mostly_flag, 0.98),
    Rule("target", "flag", "the outcome",
         _exactly(
             r"response|target|label|outcome|y|converted|conversion|purchase|purchased|bought|churn(?:ed)?|exited|attrition|buyer|"
             r"responded|reponse|respuesta"
         ), flag_like, 0.96, _WHO),
    Rule("response", "flag", "a response to a campaign",
         _named(r"accepted|responded|redeemed|response|(?:campaign|cmp) \d+|clicked|opened"), flag_like, 0.9, _WHO),
    Rule("contact", "flag", "a campaign contact",
         _exactly(
             r"(?:\w+ )?(?:treatment|treated|promotion|promo|contacted|contact|mailed|mailing|exposed|offer|offered|campaign|"
             r"segment treated|test group)(?: flag)?"
         ), flag_like, 0.9, _WHO | {"contacts"}),
    Rule("place", "category", "a place", _exactly(rf"(?:\w+ )?(?:{_PLACE})(?: ?(?:{_ID}|name|code))?"), levels, 0.8),
    Rule("place", "category", "a postcode area", _named("zip|zip ?code|postcode|postal|plz|codigo postal"), areas, 0.8),
    Rule("attribute", "category", "a code of groups",
         _named(
             "code|type|segment|cluster|class|group|status|level|tier|grade|category|gender|sex|education|plan|contract|family|brand"
         ), group_codes, 0.65),
)  # fmt: skip

_PRIVATE = (
    Rule("identifier", "text", "e-mail addresses", None, emails, 2.0),
    Rule("identifier", "text", "web addresses", None, urls, 1.5),
    Rule("identifier", "text", "phone numbers", None, plain_phones, 0.7),
    Rule("identifier", "text", "a phone number",
         _named("phone|telephone|mobile|cell|handy|telefon|tel|telefono|fax|whatsapp"), phones, 1.5),
    Rule("identifier", "text", "an e-mail address", _named(r"e ?mail|email address|correo|courriel"), own_text, 1.5),
    Rule("identifier", "text", "a person's name",
         _exactly(
             rf"(?:(?:billing|shipping|recipient|full|first|last|given|family|middle|sur|fore|nick|user|contact|{CUSTOMER}) ?)?name|surname|forename|vorname|nachname|"
             rf"prenom|nom(?: \w+)?|nombre|apellidos?|login"
         ), words_only, 1.2),
    Rule("identifier", "text", "an address",
         _named(r"street|address(?: line)?|addr|strasse|adresse|anschrift|direccion|calle|rue|hausnummer"), words_only, 1.2),
    Rule("identifier", "text", "a number that identifies a person",
         _exactly(
             r"iban|bic|ssn|passport|tax id|national id|card number|credit card(?: number)?|cc num|ip|ip address|licen[sc]e plate|"
             r"steuernummer|dni|nif"
         ), many_levels, 1.5),
    Rule("identifier", "text", "a full postcode, which can point at single people",
         _named("zip|zip ?code|postcode|postal|plz|codigo postal"), postcodes, 1.2),
    Rule("ignore", "number", "a row number",
         _exactly(r"|unnamed(?: \d+)?|column ?\d*|index|row(?: (?:id|no|nr|num|number))?|level 0"), row_numbers, 1.4),
)  # fmt: skip

_CONTENT = (
    Rule("date", "date", "", None, date_like, 0.5, _SALES | _SENT),
    Rule("date", "date", "dates written yyyymmdd", None, compact_days, 0.45, _SALES | _SENT),
    Rule("flag", "flag", "", None, flag_like, 0.4),
    Rule("ignore", "id", "codes of digits that begin with zeros", None, padded_keys, 0.36),
    Rule("attribute", "category", "codes of digits that begin with zeros", None, padded_groups, 0.36),
    Rule("ignore", "id", "long codes of digits", None, long_codes, 0.36),
    Rule("text", "text", "free text", None, long_text, 0.35),
    Rule("number", "number", "", None, number_like, 0.3),
    Rule("identifier", "text", "text that differs in nearly every row, as names and codes of single people do",
         None, own_text, 0.25, _WHO | {"transactions", "contacts", "events", "trials"}),
    Rule("attribute", "category", "", None, anything, 0.1),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*_KEYS, *_SALE, *_TRIAL, *_PERSON, *_PRIVATE, *_CONTENT)
