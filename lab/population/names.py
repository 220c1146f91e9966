"""Common given names and surnames, as an invented population carries them. Nobody is meant."""

from typing import Final

TURKISH_MEN: Final = (
    "Mehmet", "Mustafa", "Ahmet", "Ali", "Hüseyin", "Hasan", "İbrahim", "İsmail", "Osman",
    "Yusuf", "Murat", "Ömer", "Ramazan", "Halil", "Süleyman", "Abdullah", "Mahmut", "Recep",
    "Salih", "Fatih", "Kadir", "Emre", "Hakan", "Adem", "Kemal", "Yaşar", "Bekir", "Musa",
    "Metin", "Orhan", "Uğur", "Barış", "Çağrı", "Ilgaz", "Tuğrul", "Şahin",
)  # fmt: skip
TURKISH_WOMEN: Final = (
    "Fatma", "Ayşe", "Emine", "Hatice", "Zeynep", "Elif", "Meryem", "Şerife", "Zehra", "Sultan",
    "Hanife", "Merve", "Havva", "Zeliha", "Esra", "Fadime", "Özlem", "Hacer", "Melek", "Yasemin",
    "Hülya", "Cemile", "Sevim", "Gülsüm", "Leyla", "Dilek", "Büşra", "Aysel", "Songül", "Kübra",
    "Halime", "Esma", "Aynur", "Gönül", "Çiğdem", "Işıl",
)  # fmt: skip
TURKISH_SURNAMES: Final = (
    "Yılmaz", "Kaya", "Demir", "Çelik", "Şahin", "Yıldız", "Yıldırım", "Öztürk", "Aydın", "Özdemir",
    "Arslan", "Doğan", "Kılıç", "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Özkan", "Şimşek", "Polat",
    "Korkmaz", "Erdoğan", "Çakır", "Özer", "Güneş", "Yavuz", "Can", "Acar", "Aktaş", "Güler",
    "Işık", "Tekin", "Bulut", "Keskin", "Turan", "Ünal", "Avcı", "Taş", "Bozkurt",
)  # fmt: skip

# Arabic names in their own script and as a Turkish office writes them.
ARABIC_MEN: Final = (
    ("محمد", "Muhammed"), ("أحمد", "Ahmed"), ("خالد", "Halid"), ("عمر", "Omar"), ("علي", "Ali"),
    ("حسن", "Hasan"), ("حسين", "Hüseyin"), ("يوسف", "Yusef"), ("إبراهيم", "İbrahim"),
    ("محمود", "Mahmud"), ("مصطفى", "Mustafa"), ("عبد الله", "Abdullah"), ("سامر", "Samer"),
    ("ياسر", "Yaser"), ("بلال", "Bilal"), ("فراس", "Firas"), ("وليد", "Velid"), ("ماهر", "Maher"),
    ("نزار", "Nizar"), ("طارق", "Tarık"), ("زياد", "Ziyad"), ("أنس", "Enes"), ("عدنان", "Adnan"),
    ("رامي", "Rami"), ("باسل", "Basel"), ("غسان", "Gassan"),
)  # fmt: skip
ARABIC_WOMEN: Final = (
    ("فاطمة", "Fatima"), ("مريم", "Meryem"), ("عائشة", "Ayşe"), ("زينب", "Zeyneb"),
    ("خديجة", "Hatice"), ("آمنة", "Amine"), ("رنا", "Rana"), ("هدى", "Huda"), ("سمر", "Samar"),
    ("نور", "Nur"), ("إيمان", "İman"), ("هبة", "Hiba"), ("رهف", "Rahaf"), ("سلمى", "Selma"),
    ("ليلى", "Leyla"), ("دعاء", "Dua"), ("ميساء", "Maysa"), ("وفاء", "Vefa"), ("سعاد", "Suad"),
    ("أسماء", "Esma"), ("رغد", "Ragad"), ("شيماء", "Şeyma"), ("ياسمين", "Yasmin"),
    ("حنان", "Hanan"),
)  # fmt: skip
ARABIC_SURNAMES: Final = (
    ("الأحمد", "El Ahmed"), ("الحسن", "El Hasan"), ("الخطيب", "El Hatib"), ("العلي", "El Ali"),
    ("المصري", "El Mısri"), ("الحلبي", "El Halebi"), ("الشامي", "El Şami"), ("النجار", "En Naccar"),
    ("الحداد", "El Haddad"), ("الصالح", "Es Salih"), ("الجاسم", "El Casim"), ("درويش", "Derviş"),
    ("حمدان", "Hamdan"), ("الخالد", "El Halid"), ("العبد الله", "El Abdullah"), ("بكري", "Bekri"),
    ("قاسم", "Kasım"), ("سليمان", "Süleyman"), ("الحموي", "El Hamevi"), ("الإدلبي", "El İdlibi"),
    ("شعبان", "Şaban"), ("رمضان", "Ramazan"), ("الديري", "Ed Deyri"), ("عثمان", "Osman"),
    ("زعرور", "Zarur"), ("كردي", "Kürdi"),
)  # fmt: skip
