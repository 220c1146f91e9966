"""The organisations of the demo and what they give. All are made up; so are their figures."""

from dataclasses import dataclass
from typing import Final

from events.model import Frequency, Level, Mechanism, Modality, Purpose


@dataclass(frozen=True, slots=True)
class Offer:
    """One programme: it serves one purpose in one form. Amounts in whole lira.

    `complements` names programmes that are declared to stand beside it.
    """

    org: str
    code: str
    purpose: Purpose
    modality: Modality
    mechanism: Mechanism
    frequency: Frequency
    least: int
    most: int
    complements: tuple[str, ...] = ()

    @property
    def programme(self) -> str:
        """The programme's id."""
        return f"{self.org}-{self.code}"

    @property
    def is_one_off(self) -> bool:
        """False if it is paid again and again."""
        return self.frequency is Frequency.ONE_OFF

    @property
    def level(self) -> Level:
        """Education and livelihood are given to one person, the rest to a household."""
        personal = self.purpose in (Purpose.EDUCATION, Purpose.LIVELIHOOD)
        return Level.INDIVIDUAL if personal else Level.HOUSEHOLD

    @property
    def is_money(self) -> bool:
        """Cash or a voucher."""
        return self.modality in (Modality.CASH, Modality.VOUCHER)


ORGANISATIONS: Final = {
    "BELA": "Belediye A (kurgu)",
    "BELB": "Belediye B (kurgu)",
    "EGTA": "Eğitim Vakfı A (kurgu)",
    "KIZM": "Yardım Kurumu M (kurgu)",
    "STKA": "Dernek A (kurgu)",
    "STKB": "Dernek B (kurgu)",
    "SYDA": "Dayanışma Vakfı A (kurgu)",
    "UNHA": "Uluslararası Kuruluş A (kurgu)",
}

_P, _M, _V, _F = Purpose, Modality, Mechanism, Frequency
OFFERS: Final = (
    Offer("KIZM", "TEMEL", _P.BASIC_NEEDS, _M.CASH, _V.CARD, _F.MONTHLY, 3000, 9000, ("KIZM-EK",)),
    Offer("KIZM", "EK", _P.BASIC_NEEDS, _M.CASH, _V.CARD, _F.MONTHLY, 600, 1500, ("KIZM-TEMEL",)),
    Offer("SYDA", "DESTEK", _P.BASIC_NEEDS, _M.CASH, _V.BANK, _F.MONTHLY, 2000, 5000),
    Offer("UNHA", "NAKIT", _P.BASIC_NEEDS, _M.CASH, _V.PREPAID, _F.MONTHLY, 2500, 7000),
    Offer("UNHA", "ACIL", _P.BASIC_NEEDS, _M.CASH, _V.OVER_COUNTER, _F.ONE_OFF, 2000, 6000),
    Offer("STKA", "NAKIT", _P.BASIC_NEEDS, _M.CASH, _V.IN_HAND, _F.ONE_OFF, 1500, 5000),
    Offer("BELA", "KIRA", _P.RENT, _M.CASH, _V.BANK, _F.MONTHLY, 4000, 12000),
    Offer("BELB", "KIRA", _P.RENT, _M.CASH, _V.BANK, _F.MONTHLY, 4000, 12000),
    Offer("STKB", "BARINMA", _P.RENT, _M.CASH, _V.BANK, _F.MONTHLY, 3500, 9000),
    Offer("STKB", "KART", _P.FOOD, _M.VOUCHER, _V.CARD, _F.MONTHLY, 1000, 3500, ("STKA-TAZE",)),
    Offer("STKA", "TAZE", _P.FOOD, _M.VOUCHER, _V.PAPER_VOUCHER, _F.MONTHLY, 300, 900,
          ("STKB-KART",)),
    Offer("KIZM", "GIDA", _P.FOOD, _M.VOUCHER, _V.CARD, _F.MONTHLY, 1200, 3000),
    Offer("SYDA", "GIDA", _P.FOOD, _M.CASH, _V.BANK, _F.ONE_OFF, 800, 2500),
    Offer("BELA", "KOLI", _P.FOOD, _M.IN_KIND, _V.DISTRIBUTION, _F.ONE_OFF, 500, 1200),
    Offer("BELB", "KOLI", _P.FOOD, _M.IN_KIND, _V.DISTRIBUTION, _F.ONE_OFF, 500, 1200),
    Offer("STKA", "KOLI", _P.FOOD, _M.IN_KIND, _V.DISTRIBUTION, _F.ONE_OFF, 400, 1100),
    Offer("STKB", "HIJYEN", _P.HYGIENE, _M.IN_KIND, _V.DISTRIBUTION, _F.ONE_OFF, 200, 700),
    Offer("BELB", "HIJYEN", _P.HYGIENE, _M.IN_KIND, _V.DISTRIBUTION, _F.ONE_OFF, 200, 600),
    Offer("UNHA", "KIS", _P.WINTERISATION, _M.CASH, _V.PREPAID, _F.ONE_OFF, 3000, 8000),
    Offer("SYDA", "YAKIT", _P.WINTERISATION, _M.VOUCHER, _V.PAPER_VOUCHER, _F.ONE_OFF, 2000, 6000),
    Offer("BELA", "KOMUR", _P.WINTERISATION, _M.IN_KIND, _V.DISTRIBUTION, _F.ONE_OFF, 1500, 4000),
    Offer("KIZM", "OKUL", _P.EDUCATION, _M.CASH, _V.CARD, _F.MONTHLY, 500, 1200),
    Offer("EGTA", "BURS", _P.EDUCATION, _M.CASH, _V.BANK, _F.MONTHLY, 700, 2000),
    Offer("EGTA", "KIRTASIYE", _P.EDUCATION, _M.CASH, _V.BANK, _F.ONE_OFF, 900, 2500),
    Offer("EGTA", "MESLEK", _P.LIVELIHOOD, _M.CASH, _V.BANK, _F.ONE_OFF, 8000, 30000),
    Offer("UNHA", "GECIM", _P.LIVELIHOOD, _M.CASH, _V.BANK, _F.ONE_OFF, 9000, 28000),
    Offer("STKB", "SAGLIK", _P.HEALTH, _M.CASH, _V.IN_HAND, _F.ONE_OFF, 500, 6000),
    Offer("BELA", "SAGLIK", _P.HEALTH, _M.CASH, _V.BANK, _F.ONE_OFF, 500, 6000),
    Offer("STKA", "KORUMA", _P.PROTECTION, _M.CASH, _V.IN_HAND, _F.ONE_OFF, 500, 5000),
    Offer("SYDA", "ASEVI", _P.FOOD, _M.SERVICE, _V.DISTRIBUTION, _F.MONTHLY, 600, 1500),
    Offer("BELB", "ASEVI", _P.FOOD, _M.SERVICE, _V.DISTRIBUTION, _F.MONTHLY, 600, 1500),
)  # fmt: skip
BY_PROGRAMME: Final = {offer.programme: offer for offer in OFFERS}


def offers(purpose: Purpose, *modalities: Modality, one_off: bool | None = None) -> list[Offer]:
    """What is given for a purpose, without what is declared to complement something smaller."""
    return [
        offer
        for offer in OFFERS
        if offer.purpose is purpose
        and (not modalities or offer.modality in modalities)
        and (one_off is None or offer.is_one_off == one_off)
        and offer.programme not in SIDE_PROGRAMMES
    ]


ONE_OFF_DAYS: Final = 28
COUNTED_DAYS: Final = {Purpose.EDUCATION: 120, Purpose.LIVELIHOOD: 365}
"""How many days a one-off of a purpose counts for, if not 28; winter aid counts for a season."""

SIDE_PROGRAMMES: Final = frozenset({"KIZM-EK", "STKA-TAZE"})
"""Small top-ups beside a larger programme; they are used only where that is the point."""
