"""The list templates as data: columns, their titles in Turkish, the words of their codes.

A new template is a new entry of TEMPLATES; nothing else knows column names.
Source: docs/domain.md, "List templates".
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from types import MappingProxyType
from typing import Final


class Form(Enum):
    """How a cell of a column is read (see `values`)."""

    REFERENCE = auto()
    PROGRAMME = auto()
    PROGRAMMES = auto()
    ORG = auto()
    TEXT = auto()
    CODE = auto()
    WORD = auto()
    CURRENCY = auto()
    DISTRICT = auto()
    DATE = auto()
    DECIMAL = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    SCHEME = auto()
    IDENTIFIER = auto()
    CONTACT = auto()
    NUMBER = auto()
    BIRTH = auto()
    UNREAD = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a template. `person`: it describes the row's person, not the record.

    `required`: each record needs a value. `words`: folded word → code (`Form.WORD` only).
    """

    name: str
    form: Form
    titles: tuple[str, ...] = ()
    required: bool = False
    person: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of list. Rows with the same value of the `key` column make one record.

    `two_numbers`: a row holds two numbers of one person, not a person's own.
    """

    kind: str
    key: str
    columns: tuple[Column, ...]
    two_numbers: bool = False

    @property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their English name."""
        return MappingProxyType({column.name: column for column in self.columns})

    @property
    def has_persons(self) -> bool:
        """True if each row of the list describes a person."""
        return any(column.person for column in self.columns)

    def headers(self) -> dict[str, str]:
        """Folded header, English or Turkish → column name."""
        found: dict[str, str] = {}
        for column in self.columns:
            for title in (column.name, *column.titles):
                known = found.setdefault(fold(title), column.name)
                if known != column.name:
                    raise ValueError(f"header {title} means both {known} and {column.name}")
        return found


_TURKISH: Final = str.maketrans("İIıŞşĞğÇçÖöÜüÂâÎîÛû", "iiissggccoouuaaiiuu")


def fold(text: str) -> str:
    """A header or word without case, diacritics and punctuation: 'KİRA BEDELİ' → 'kira_bedeli'.

    `'İ'.lower()` is two characters and `'I'.lower()` is not ı, so the Turkish letters are
    folded first; then Kira, KIRA and KİRA are one word.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_TURKISH))
    kept = "".join(
        char if char.isalnum() else " " for char in plain if not unicodedata.combining(char)
    )
    return "_".join(kept.lower().split())


def _words(**codes: str) -> dict[str, str]:
    """code='Turkish, words' (underscore for dash) → folded word → code."""
    found: dict[str, str] = {}
    for name, words in codes.items():
        code = name.strip("_").replace("_", "-")
        for word in (code, *words.split(",")):
            known = found.setdefault(fold(word), code)
            if known != code:
                raise ValueError(f"the word {word} means both {known} and {code}")
    return found


STAGES: Final = _words(
    planned="plan,planlandı,planlanan,planlı",
    delivered="teslim edildi,verildi,ödendi,teslim,dağıtıldı",
    amended="değişti,değiştirildi,düzeltildi,güncellendi,düzeltme",
    cancelled="canceled,iptal,iptal edildi",
    returned="iade,iade edildi,geri döndü",
)
PURPOSES: Final = _words(
    basic_needs="temel ihtiyaç,temel ihtiyaçlar",
    rent="kira,kira yardımı",
    food="gıda,gıda yardımı",
    hygiene="hijyen",
    winterisation="winterization,kışlık,kış yardımı,kışa hazırlık,yakacak",
    education="eğitim",
    livelihood="geçim,geçim kaynağı,geçim kaynakları",
    health="sağlık",
    protection="koruma",
    other="diğer",
)
MODALITIES: Final = _words(
    cash="nakit", voucher="kupon,çek,alışveriş çeki", in_kind="ayni", service="hizmet"
)
MECHANISMS: Final = _words(
    bank="banka,banka hesabı,havale,EFT",
    card="kart,banka kartı",
    prepaid="ön ödemeli,ön ödemeli kart",
    mobile="mobil,mobil ödeme",
    e_wallet="e-cüzdan,elektronik cüzdan",
    paper_voucher="kağıt kupon,kağıt çek",
    over_counter="vezne,gişe,PTT",
    in_hand="elden",
    distribution="dağıtım",
    other="diğer",
)
FREQUENCIES: Final = _words(
    one_off="tek seferlik,bir defalık,bir kez,bir kere,tek sefer,bir seferlik",
    weekly="haftalık",
    monthly="aylık",
    bimonthly="iki aylık,iki ayda bir",
    quarterly="üç aylık,üç ayda bir",
    termly="dönemlik,dönemsel",
)
LEVELS: Final = _words(household="hane,aile", individual="birey,bireysel,kişi")
ROLES: Final = _words(
    recipient="alıcı,başvuran",
    beneficiary="yararlanıcı,faydalanıcı",
    member="üye,hane üyesi,aile üyesi",
)
OVERRIDES: Final = _words(
    top_up="tamamlayıcı,ek ödeme,tamamlama",
    urgent="acil",
    protection="koruma",
    different_household="farklı hane,başka hane",
    policy="politika",
)
END_REASONS: Final = _words(
    programme_closed="program kapandı,program bitti",
    moved="taşındı,adres değişikliği",
    document_expired="belge süresi doldu,kimlik süresi doldu",
    non_collection="teslim almadı,almaya gelmedi",
    formal_employment="kayıtlı istihdam,sigortalı iş",
    no_longer_eligible="artık uygun değil,koşulları karşılamıyor",
    graduated="mezun,mezuniyet",
    deceased="vefat,vefat etti,öldü",
    left_country="ülkeden ayrıldı",
    voluntary="kendi isteği,gönüllü",
)
RETURNS: Final = _words(
    uncollected="alınmadı,teslim alınmadı",
    bounced="geri döndü,hesaptan döndü",
    recipient_refused="alıcı reddetti,reddetti",
    deceased="vefat,vefat etti,öldü",
    recalled="geri çağrıldı,geri alındı",
)


def _column(
    name: str,
    form: Form,
    titles: str = "",
    *,
    required: bool = False,
    words: Mapping[str, str] = MappingProxyType({}),
) -> Column:
    """A column with its Turkish titles, separated by commas."""
    return Column(name, form, tuple(titles.split(", ")) if titles else (), required, words=words)


PERSON: Final = tuple(
    replace(column, person=True)
    for column in (
        _column("role", Form.WORD, "Rol, Kişi rolü", words=ROLES),
        _column("id_scheme", Form.SCHEME, "Kimlik türü, Kimlik şeması"),
        _column("id_number", Form.NUMBER, "Kimlik no, Kimlik numarası, TC kimlik no, TCKN, YKN"),
        _column("case_number", Form.IDENTIFIER, "Dosya no, Dosya numarası, Vaka no"),
        _column("first_name", Form.TEXT, "Ad, Adı, İsim"),
        _column("last_name", Form.TEXT, "Soyad, Soyadı"),
        _column("birth_date", Form.BIRTH, "Doğum tarihi"),
        # no rule needs it: accepted, so that a partner's own list fits, and not looked at
        _column("sex", Form.UNREAD, "Cinsiyet"),
        _column("phone", Form.CONTACT, "Telefon, Telefon no, Cep telefonu"),
        _column("iban", Form.CONTACT, "IBAN no"),
    )
)

ASSISTANCE: Final = Template(
    "assistance",
    "reference",
    (
        _column(
            "reference",
            Form.REFERENCE,
            "Referans, Referans no, Başvuru no, Kayıt no",
            required=True,
        ),
        _column("programme", Form.PROGRAMME, "Program, program_id", required=True),
        _column("stage", Form.WORD, "Aşama, Durum", required=True, words=STAGES),
        _column("version", Form.INTEGER, "Sürüm, Versiyon"),
        _column("purpose", Form.WORD, "Amaç, Yardım amacı", required=True, words=PURPOSES),
        _column(
            "modality",
            Form.WORD,
            "Yöntem, Yardım şekli, Yardım biçimi",
            required=True,
            words=MODALITIES,
        ),
        _column(
            "delivery_mechanism",
            Form.WORD,
            "Ödeme yolu, Teslim yolu, Teslim şekli",
            words=MECHANISMS,
        ),
        _column("frequency", Form.WORD, "Sıklık", required=True, words=FREQUENCIES),
        _column("instalment_no", Form.INTEGER, "Taksit no, Taksit"),
        _column("instalment_of", Form.INTEGER, "Taksit sayısı, Toplam taksit"),
        _column("amount", Form.DECIMAL, "Tutar, Miktar TL", required=True),
        _column("currency", Form.CURRENCY, "Para birimi, Döviz", required=True),
        _column("value_estimated", Form.BOOLEAN, "Tahmini değer, Değer tahmini"),
        _column("quantity", Form.DECIMAL, "Miktar, Adet"),
        _column("unit", Form.CODE, "Birim"),
        _column(
            "covers_from",
            Form.DATE,
            "Kapsam başlangıcı, Başlangıç, Başlangıç tarihi",
            required=True,
        ),
        _column("covers_to", Form.DATE, "Kapsam bitişi, Bitiş, Bitiş tarihi", required=True),
        _column("event_date", Form.DATE, "İşlem tarihi, Ödeme tarihi, Teslim tarihi, Olay tarihi"),
        _column("level", Form.WORD, "Düzey", words=LEVELS),
        _column("district", Form.DISTRICT, "İlçe, İlçe kodu, pcode", required=True),
        _column("household_size", Form.INTEGER, "Hane büyüklüğü, Hane kişi sayısı"),
        _column("household_as_of", Form.DATE, "Hane tarihi, Hane bilgi tarihi"),
        _column("protected", Form.BOOLEAN, "Korumalı, Gizli"),
        _column(
            "override_reason", Form.WORD, "Yine de verme nedeni, İstisna nedeni", words=OVERRIDES
        ),
        _column("returned_amount", Form.DECIMAL, "İade tutarı"),
        _column("returned_reason", Form.WORD, "İade nedeni", words=RETURNS),
        _column("replaces", Form.REFERENCE, "Yerine geçtiği, Yerine geçtiği referans"),
        _column("lawful_basis_code", Form.CODE, "Hukuki dayanak, Hukuki dayanak kodu"),
        *PERSON,
    ),
)

_REFERENCE: Final = next(column for column in ASSISTANCE.columns if column.name == "reference")
_VERSION: Final = next(column for column in ASSISTANCE.columns if column.name == "version")

NEED: Final = Template(
    "need",
    "reference",
    (
        _REFERENCE,
        _VERSION,
        _column("purpose", Form.WORD, "Amaç, İhtiyaç", required=True, words=PURPOSES),
        _column("assessed_on", Form.DATE, "Tespit tarihi, İnceleme tarihi", required=True),
        _column("closed_on", Form.DATE, "Kapanış tarihi"),
        _column("district", Form.DISTRICT, "İlçe, İlçe kodu, pcode", required=True),
        *PERSON,
    ),
)

ENROLMENT: Final = Template(
    "enrolment",
    "reference",
    (
        _REFERENCE,
        _VERSION,
        _column("programme", Form.PROGRAMME, "Program, program_id", required=True),
        _column("started_on", Form.DATE, "Başlangıç, Başlangıç tarihi", required=True),
        _column("ended_on", Form.DATE, "Bitiş, Bitiş tarihi"),
        _column("end_reason", Form.WORD, "Bitiş nedeni, Sona erme nedeni", words=END_REASONS),
        *PERSON,
    ),
)

SUCCESSION: Final = Template(
    "succession",
    "reference",
    (
        _REFERENCE,
        _VERSION,
        *(
            replace(column, person=True)
            for column in (
                _column("old_scheme", Form.SCHEME, "Eski kimlik türü"),
                _column("old_number", Form.NUMBER, "Eski kimlik no, Eski numara"),
                _column("new_scheme", Form.SCHEME, "Yeni kimlik türü"),
                _column("new_number", Form.NUMBER, "Yeni kimlik no, Yeni numara"),
            )
        ),
    ),
    two_numbers=True,
)

PROGRAMME: Final = Template(
    "programme",
    "programme",
    (
        _column("programme", Form.PROGRAMME, "Program", required=True),
        _column("version", Form.INTEGER, "Sürüm, Versiyon"),
        _column("owner", Form.ORG, "Sahibi, Kurum, Sahip kurum"),
        _column("donor", Form.TEXT, "Bağışçı, Fon sağlayan"),
        _column("purpose", Form.WORD, "Amaç", words=PURPOSES),
        _column("budget", Form.DECIMAL, "Bütçe"),
        _column("currency", Form.CURRENCY, "Para birimi"),
        _column("starts", Form.DATE, "Başlangıç, Başlangıç tarihi"),
        _column("ends", Form.DATE, "Bitiş, Bitiş tarihi"),
        _column("complements", Form.PROGRAMMES, "Tamamladığı, Tamamladığı programlar"),
    ),
)

TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {t.kind: t for t in (ASSISTANCE, NEED, ENROLMENT, SUCCESSION, PROGRAMME)}
)
_BY_COMMAND: Final = "One of the two bodies says it by a command, one at a time."
IGNORED: Final[dict[str, str]] = {
    "inquiry": "A question about what a list of assistance would plan: `check` asks it.",
    "case-step": "A person answers one case at a time, by a command.",
    "appeal": "A person appeals for one household at a time, by a command.",
    "evaluations": "A key server publishes its own counts.",
    "partner": _BY_COMMAND,
    "key": _BY_COMMAND,
    "stage-key": _BY_COMMAND,
    "erasure": _BY_COMMAND,
    "policy": _BY_COMMAND,
    "policy-signature": _BY_COMMAND,
    "quarantine": _BY_COMMAND,
    "release": _BY_COMMAND,
    "clock-step": _BY_COMMAND,
    "token-epoch": _BY_COMMAND,
    "decision": _BY_COMMAND,
}
"""Kinds that no list holds, and why."""
