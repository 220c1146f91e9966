"""The page's words about assurance, key epochs and key servers; `words` takes them in. Pure."""

from typing import Final

# key: (Turkish, English, Arabic)
EPOCH_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "assurance_title": ("Güvence düzeyi", "Assurance", "مستوى الضمان"),
    "assurance_sub": (
        "Kayıtlar, kimlik numaralarının belirtece nasıl çevrildiğine göre",
        "Records, by how identity numbers became tokens",
        "السجلات بحسب طريقة تحويل أرقام الهوية إلى رموز",
    ),
    "level": ("Düzey", "Level", "المستوى"),
    "assurance_epoch": ("Güvence, anahtar dönemi", "Assurance, key epoch", "الضمان، حقبة المفتاح"),
    "epochs_title": ("Anahtar dönemleri", "Key epochs", "حقب المفاتيح"),
    "epochs_sub": (
        "İki dönemin belirteçleri hiç eşleşmez; eski dönem kapanmadan kayıtlar yenisini de almalı",
        "Tokens of two epochs never meet: before the old one is closed, records need the new ones",
        "رموز حقبتين لا تتطابق أبدًا: قبل إغلاق القديمة تحتاج السجلات إلى رموز الجديدة",
    ),
    "no_epochs": (
        "Hiç dönem açılmadı: gelen her belirteç sayılır.",
        "No epoch was opened: every token that comes counts.",
        "لم تُفتح أي حقبة: كل رمز يصل يُحتسب.",
    ),
    "epoch": ("Anahtar dönemi", "Key epoch", "حقبة المفتاح"),
    "status_word": ("Durum", "Status", "الحالة"),
    "opened_on": ("Açıldı", "Opened", "فُتحت"),
    "closed_on": ("Kapandı", "Closed", "أُغلقت"),
    "public_key": ("Ortak açık anahtar", "Joint public key", "المفتاح العام المشترك"),
    "laggards_title": (
        "Yalnız eski dönemi taşıyan kayıtlar",
        "Records that carry an older epoch alone",
        "سجلات تحمل حقبة قديمة وحدها",
    ),
    "laggards_sub": (
        "Kurum aynı listeyi yeniden yayımlayınca yeni belirteçler eklenir",
        "When an organisation publishes the same list again, the new tokens are added",
        "عندما تنشر الجهة القائمة نفسها من جديد تُضاف الرموز الجديدة",
    ),
    "laggards": ("Geride kalan", "Behind", "متأخرة"),
    "covering": ("bugünü kapsayan {n}", "{n} cover today", "{n} تغطي اليوم"),
    "live_records": ("Canlı kayıt", "Live records", "السجلات القائمة"),
    "renewed_share": ("Yenilenen pay", "Share renewed", "حصة المجدّد"),
    "evaluations_title": (
        "Anahtar sunucularına sorulanlar",
        "What key servers were asked",
        "ما سُئلت عنه خوادم المفاتيح",
    ),
    "evaluations_sub": (
        "Kurum ve güne göre, gönderilen kayıtların yanında; sorular kayıtları çok aşıyorsa sorun",
        "By organisation and day, beside the records it sent; ask where they far outgrow them",
        "بحسب الجهة واليوم إلى جانب السجلات المرسلة؛ استفسر حين تتجاوزها كثيرًا",
    ),
    "evaluations": ("Hesaplama", "Evaluations", "العمليات"),
    "servers": ("Sunucu", "Servers", "الخوادم"),
    "per_record": ("Kayıt başına", "Per record", "لكل سجل"),
}
