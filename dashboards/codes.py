"""Words for the codes of events and views (kinds, purposes, verdicts, checks). Pure."""

from typing import Final

from dashboards.formats import Lang

_CODES: Final[dict[str, dict[str, tuple[str, str, str]]]] = {
    "kind": {
        "double-coverage": ("Mükerrer yardım", "Double coverage", "ازدواج المساعدة"),
        "repeated-payment": ("Tekrar ödeme", "Repeated payment", "دفع متكرر"),
        "over-cap": ("Üst sınır aşımı", "Over the cap", "تجاوز السقف"),
        "unmet-need": ("Karşılanmayan ihtiyaç", "Unmet need", "حاجة غير ملبّاة"),
        "lapsed-coverage": ("Kesilen yardım", "Lapsed coverage", "تغطية منقطعة"),
    },
    "status": {
        "open": ("Açık", "Open", "مفتوح"),
        "confirmed": ("Onaylandı", "Confirmed", "مؤكَّد"),
        "dismissed": ("Kapatıldı", "Dismissed", "مغلق"),
        "withdrawn": ("Geri çekildi", "Withdrawn", "مسحوب"),
    },
    "reason": {
        "complementary": ("tamamlayıcı yardım", "complementary aid", "مساعدة مكمّلة"),
        "top-up": ("ek destek", "top-up", "دعم إضافي"),
        "different-household": ("başka hane", "different household", "أسرة أخرى"),
        "separated": ("ayrılmış hane", "separated", "انفصال الأسرة"),
        "shared-custody": ("ortak velayet", "shared custody", "حضانة مشتركة"),
        "moved": ("taşınmış", "moved", "انتقلت الأسرة"),
        "data-error": ("veri hatası", "data error", "خطأ في البيانات"),
        "urgent": ("acil durum", "urgent", "حالة عاجلة"),
        "stale-record": ("eski kayıt", "stale record", "سجل قديم"),
        "not-paid": ("ödenmemiş", "not paid", "لم يُدفع"),
        "none": ("işlem gerekmiyor", "no step needed", "لا إجراء مطلوب"),
        "stop-next": ("sonraki ödeme durur", "next payment stops", "وقف الدفعة التالية"),
        "re-programme": ("program değişir", "re-programmed", "تغيير البرنامج"),
        "partner-correction": ("kurum düzeltir", "partner corrects", "تصحيح من الجهة"),
        "refer-audit": ("denetime gönderildi", "referred to audit", "إحالة إلى التدقيق"),
        "deadline-missed": ("süresinde yanıt yok", "no answer in time", "لا رد ضمن المهلة"),
        "remembered": ("önceki karar kapsar", "covered by an earlier decision", "يشمله قرار سابق"),
    },
    "strength": {
        "certain": ("Kesin", "Certain", "مؤكد"),
        "probable": ("Muhtemel", "Probable", "مرجّح"),
        "possible": ("Olası", "Possible", "محتمل"),
    },
    "purpose": {
        "basic-needs": ("temel ihtiyaç", "basic needs", "احتياجات أساسية"),
        "rent": ("kira", "rent", "إيجار"),
        "food": ("gıda", "food", "غذاء"),
        "hygiene": ("hijyen", "hygiene", "نظافة"),
        "winterisation": ("kışlık", "winterisation", "مساعدة الشتاء"),
        "education": ("eğitim", "education", "تعليم"),
        "livelihood": ("geçim", "livelihood", "سبل العيش"),
        "health": ("sağlık", "health", "صحة"),
        "protection": ("koruma", "protection", "حماية"),
        "other": ("diğer", "other", "أخرى"),
    },
    "modality": {
        "cash": ("nakit", "cash", "نقد"),
        "voucher": ("kupon", "voucher", "قسيمة"),
        "in-kind": ("ayni", "in kind", "عيني"),
        "service": ("hizmet", "service", "خدمة"),
    },
    "mechanism": {
        "bank": ("banka", "bank", "مصرف"),
        "card": ("kart", "card", "بطاقة"),
        "prepaid": ("ön ödemeli kart", "prepaid card", "بطاقة مسبقة الدفع"),
        "mobile": ("mobil", "mobile", "هاتف محمول"),
        "e-wallet": ("e-cüzdan", "e-wallet", "محفظة إلكترونية"),
        "paper-voucher": ("kâğıt kupon", "paper voucher", "قسيمة ورقية"),
        "over-counter": ("gişe", "over the counter", "شبّاك"),
        "in-hand": ("elden", "in hand", "باليد"),
        "distribution": ("dağıtım", "distribution", "توزيع"),
        "other": ("diğer", "other", "أخرى"),
    },
    "frequency": {
        "one-off": ("tek seferlik", "one-off", "مرة واحدة"),
        "weekly": ("haftalık", "weekly", "أسبوعي"),
        "monthly": ("aylık", "monthly", "شهري"),
        "bimonthly": ("iki aylık", "every two months", "كل شهرين"),
        "quarterly": ("üç aylık", "quarterly", "كل ثلاثة أشهر"),
        "termly": ("dönemlik", "termly", "كل فصل"),
    },
    "stage": {
        "planned": ("planlandı", "planned", "مخطط"),
        "delivered": ("teslim edildi", "delivered", "مُسلَّم"),
        "amended": ("düzeltildi", "amended", "معدَّل"),
        "cancelled": ("iptal edildi", "cancelled", "ملغى"),
        "returned": ("iade edildi", "returned", "مُعاد"),
    },
    "verdict": {
        "clear": ("Çakışma yok", "Clear", "لا تداخل"),
        "covered": ("Karşılanıyor", "Covered", "مغطّى"),
        "review": ("İncelenmeli", "Review", "يحتاج مراجعة"),
        "uncheckable": ("Sorgulanamadı", "Uncheckable", "تعذّر التحقق"),
    },
    "outcome": {
        "pending": ("bekliyor", "pending", "قيد الانتظار"),
        "lapsed": ("süresi doldu", "lapsed", "انقضى"),
        "cancelled-after-verdict": (
            "yanıttan sonra iptal",
            "cancelled after the answer",
            "أُلغي بعد الرد",
        ),
        "delivered-anyway": ("yine de teslim edildi", "delivered anyway", "سُلِّم رغم ذلك"),
        "delivered": ("teslim edildi", "delivered", "مُسلَّم"),
    },
    "assurance": {
        "threshold": ("eşik", "threshold", "عتبة"),
        "single": ("tek sunucu", "single server", "خادم واحد"),
        "hmac": ("ortak anahtar", "shared key", "مفتاح مشترك"),
        "none": ("belirteç yok", "no tokens", "بلا رموز"),
    },
    "epoch": {
        "open": ("açık", "open", "مفتوحة"),
        "closed": ("kapalı", "closed", "مغلقة"),
    },
    "override": {
        "top-up": ("ek ödeme", "top-up", "تكملة"),
        "urgent": ("acil", "urgent", "عاجل"),
        "protection": ("koruma", "protection", "حماية"),
        "different-household": ("farklı hane", "different household", "أسرة مختلفة"),
        "policy": ("politika", "policy", "سياسة"),
    },
    "returned": {
        "uncollected": ("alınmadı", "uncollected", "لم يُستلم"),
        "bounced": ("geri döndü", "bounced", "ارتدّ"),
        "recipient-refused": ("alıcı reddetti", "refused by the recipient", "رفضه المستلم"),
        "deceased": ("vefat", "deceased", "وفاة"),
        "recalled": ("geri çağrıldı", "recalled", "استُرجع"),
    },
    "worker": {
        "intake": ("Kabul", "Intake", "الاستقبال"),
        "registry": ("Kayıt motoru", "Registry", "السجلّ"),
        "journal": ("Görünümler, günlük", "Views, journal", "العروض، السجل"),
        "findings": ("Görünümler, bulgular", "Views, findings", "العروض، الاستنتاجات"),
    },
    "check": {
        "conservation": (
            "Gelen her kayıt kabul, yinelenen ya da ret oldu",
            "Every record that came was accepted, a duplicate or rejected",
            "كل سجل وارد قُبل أو كُرّر أو رُفض",
        ),
        "journal-dense": (
            "Günlükte eksik blok yok",
            "No block of the journal is missing",
            "لا كتلة ناقصة",
        ),
        "journal-chained": (
            "Her blok öncekinin özetini taşıyor",
            "Each block names the digest of the one before",
            "كل كتلة تحمل بصمة سابقتها",
        ),
        "source-contiguous": (
            "Gönderim konusunda atlanan mesaj yok",
            "No message of the submissions was jumped over",
            "لم تُتخطَّ أي رسالة إرسال",
        ),
        "blocks-answered": (
            "Kayıt motoru her bloğu bir kez yanıtladı",
            "The registry answered each block once",
            "أجاب السجلّ عن كل كتلة مرة",
        ),
        "head": (
            "Günlüğün sonu, son yanıtlanan blok",
            "The journal's head is the block answered last",
            "آخر السجل هو آخر كتلة أُجيب عنها",
        ),
        "submitted-journal-registry": (
            "Günlük ve kayıt motoru aynı sayıda gönderilen kayıt sayıyor",
            "Journal and registry count the same records submitted",
            "عدد المرسل متطابق في السجلّين",
        ),
        "accepted-journal-registry": (
            "Günlük ve kayıt motoru aynı sayıda kabul sayıyor",
            "Journal and registry count the same accepted",
            "عدد المقبول متطابق في السجلّين",
        ),
        "duplicate-journal-registry": (
            "Günlük ve kayıt motoru aynı sayıda yinelenen sayıyor",
            "Journal and registry count the same duplicates",
            "عدد المكرر متطابق في السجلّين",
        ),
        "rejected-journal-registry": (
            "Günlük ve kayıt motoru aynı sayıda ret sayıyor",
            "Journal and registry count the same rejected",
            "عدد المرفوض متطابق في السجلّين",
        ),
        "submissions-projected": (
            "Gönderimlerin tümü görünümde",
            "All submissions are in the views",
            "كل الإرسالات في العروض",
        ),
        "assistance-projected": (
            "Yardım kayıtlarının tümü görünümde",
            "All assistance records are in the views",
            "كل سجلات المساعدة في العروض",
        ),
        "rejections-projected": (
            "Retlerin tümü görünümde",
            "All rejections are in the views",
            "كل المرفوضات في العروض",
        ),
        "verdicts-projected": (
            "Yanıtların tümü görünümde",
            "All answers are in the views",
            "كل الردود في العروض",
        ),
        "findings-projected": (
            "Bulguların tümü görünümde",
            "All findings are in the views",
            "كل الاستنتاجات في العروض",
        ),
        "finding-revisions-dense": (
            "Bulgu sürümlerinde boşluk yok",
            "Revisions of findings have no hole",
            "لا فجوة في نسخ الاستنتاجات",
        ),
    },
}
_INDEX: Final = {"tr": 0, "en": 1, "ar": 2}


def word(lang: Lang, family: str, code: str) -> str:
    """The word for a code; a code that is newer than this page is shown as it is, '' as –."""
    found = _CODES[family].get(code)
    return found[_INDEX[lang]] if found else code or "–"


def codes(family: str) -> tuple[str, ...]:
    """The codes of a family that have words."""
    return tuple(_CODES[family])
