"""The closed list of reasons why a record, a message or a list is refused.

A rejection is a code and a pointer (topic, offset, row, field), never the
payload: a refused value may be somebody's identity number.
"""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Why something was refused. The codes are public: never rename one."""

    # the message
    MALFORMED = "malformed-submission"
    TOO_LARGE = "submission-too-large"
    TOO_MANY_RECORDS = "too-many-records"
    EMPTY = "empty-submission"
    HEADER_MISMATCH = "header-mismatch"
    UNKNOWN_PARTNER = "unknown-partner"
    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    BAD_SIGNATURE = "bad-signature"
    SUBMISSION_CONFLICT = "submission-conflict"
    ASSURANCE_REFUSED = "assurance-refused"
    EPOCH_CLOSED = "epoch-closed"
    UNKNOWN_EPOCH = "unknown-epoch"
    # the record
    DIGEST_MISMATCH = "digest-mismatch"
    MALFORMED_RECORD = "malformed-record"
    UNKNOWN_KIND = "unknown-kind"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    INVALID_VALUE = "invalid-value"
    NOT_ALLOWED = "not-allowed"
    ID_CONFLICT = "id-conflict"
    QUOTA_EXCEEDED = "quota-exceeded"
    UNKNOWN_PROGRAMME = "unknown-programme"
    NOT_YOUR_PROGRAMME = "not-your-programme"
    NOT_YOUR_KEY_SERVER = "not-your-key-server"
    PLACEHOLDER = "placeholder-identifier"
    EPOCH_MISSING = "epoch-missing"
    SUBMISSION_HELD = "submission-held"
    ACCOUNT_NEEDED = "account-needed"
    UNKNOWN_POLICY = "unknown-policy"
    UNKNOWN_SUBMISSION = "unknown-submission"
    # the list, before anything is sent
    INVALID_IDENTIFIER = "invalid-identifier"
    CONFLICTING_ROWS = "conflicting-rows"
    UNREADABLE_FILE = "unreadable-file"
    EMPTY_FILE = "empty-file"
    UNKNOWN_DISTRICT = "unknown-district"
    AMBIGUOUS_NUMBER = "ambiguous-number"
    DIGITS_LOST = "digits-lost"
    DUPLICATE_COLUMN = "duplicate-column"


class Refusal(Exception):
    """A reason and the name of the field it is about ('' if none). Never a value."""

    def __init__(self, reason: Reason, field: str = "") -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field

    def __str__(self) -> str:
        return f"{self.reason}{f' ({self.field})' if self.field else ''}"


# What a person reads: what is wrong, and what to do. {field} is a column's name.
MESSAGES: Final[dict[Reason, dict[str, str]]] = {
    Reason.MALFORMED: {
        "en": "The message is not a Tekil submission. Send it with the SDK or follow the partner guide.",
        "tr": "Mesaj bir Tekil gönderimi değil. SDK ile gönderin ya da kurum kılavuzuna bakın.",
        "ar": "الرسالة ليست إرسال «تكيل». أرسلها عبر حزمة البرمجة أو اتبع دليل الجهة.",
    },
    Reason.TOO_LARGE: {
        "en": "The submission is larger than 1,000,000 bytes. Split it.",
        "tr": "Gönderim 1.000.000 bayttan büyük. Bölerek gönderin.",
        "ar": "الإرسال أكبر من 1,000,000 بايت. قسّمه.",
    },
    Reason.TOO_MANY_RECORDS: {
        "en": "The submission has more than 500 records. Split it.",
        "tr": "Gönderimde 500'den fazla kayıt var. Bölerek gönderin.",
        "ar": "في الإرسال أكثر من 500 سجل. قسّمه.",
    },
    Reason.EMPTY: {
        "en": "The submission has no record. Nothing was done.",
        "tr": "Gönderimde kayıt yok. Hiçbir işlem yapılmadı.",
        "ar": "لا سجلّ في الإرسال. لم يُجرَ شيء.",
    },
    Reason.HEADER_MISMATCH: {
        "en": "Header {field} differs from the signed manifest. Send both from the same values.",
        "tr": "{field} başlığı imzalı bildirimden farklı. İkisini aynı değerlerle gönderin.",
        "ar": "الترويسة {field} تخالف البيان الموقّع. أرسل القيم نفسها في كليهما.",
    },
    Reason.UNKNOWN_PARTNER: {
        "en": "This organisation is not registered. The administration runs: tekil partner add ORG --mailbox ADDRESS",
        "tr": "Bu kurum kayıtlı değil. Merkezî idare şunu çalıştırır: tekil partner add KURUM --mailbox ADRES",
        "ar": "هذه الجهة غير مسجّلة. تنفّذ الإدارة: tekil partner add ORG --mailbox ADDRESS",
    },
    Reason.UNKNOWN_KEY: {
        "en": "The signing key is not registered for this organisation. Ask the administration to add it.",
        "tr": "İmza anahtarı bu kurum için kayıtlı değil. Merkezî idareden eklemesini isteyin.",
        "ar": "مفتاح التوقيع غير مسجّل لهذه الجهة. اطلب من الإدارة إضافته.",
    },
    Reason.REVOKED_KEY: {
        "en": "The signing key was revoked. Sign with the organisation's current key.",
        "tr": "İmza anahtarı iptal edilmiş. Kurumun geçerli anahtarıyla imzalayın.",
        "ar": "أُلغي مفتاح التوقيع. وقّع بالمفتاح الحالي للجهة.",
    },
    Reason.BAD_SIGNATURE: {
        "en": "The signature does not belong to this content and key. Sign again with the organisation's own key.",
        "tr": "İmza bu içerik ve anahtarla uyuşmuyor. Kurumun kendi anahtarıyla yeniden imzalayın.",
        "ar": "التوقيع لا يطابق هذا المحتوى والمفتاح. أعد التوقيع بمفتاح الجهة.",
    },
    Reason.SUBMISSION_CONFLICT: {
        "en": "This submission id was used before with other content. Use a new id.",
        "tr": "Bu gönderim kimliği daha önce başka içerikle kullanıldı. Yeni bir kimlik kullanın.",
        "ar": "استُعمل معرّف الإرسال هذا من قبل بمحتوى آخر. استعمل معرّفًا جديدًا.",
    },
    Reason.ASSURANCE_REFUSED: {
        "en": "The policy in force refuses tokens of this assurance level.",
        "tr": "Yürürlükteki politika bu güvence düzeyini kabul etmiyor.",
        "ar": "السياسة السارية ترفض مستوى الضمان هذا.",
    },
    Reason.EPOCH_CLOSED: {
        "en": "The submission carries tokens of an epoch that is closed. Write the newest epoch and its joint public key into keys/epochs.json (two of the bodies that run key servers confirm it), and publish the list again.",
        "tr": "Gönderim kapanmış bir anahtar döneminin belirteçlerini taşıyor. En yeni dönemi ve ortak açık anahtarını keys/epochs.json dosyasına yazın (anahtar sunucusu işleten iki kurum doğrular) ve listeyi yeniden yayımlayın.",
        "ar": "يحمل الإرسال رموز حقبة أُغلقت. اكتب أحدث حقبة ومفتاحها العام المشترك في keys/epochs.json (تؤكده جهتان تشغّلان خوادم المفاتيح) وانشر القائمة من جديد.",
    },
    Reason.UNKNOWN_EPOCH: {
        "en": "tokens_epoch is not the name of an open epoch, or of two (oldest first, joined by '-'). Compare keys/epochs.json with the epochs that the page shows under Integrity.",
        "tr": "tokens_epoch açık bir anahtar döneminin ya da ikisinin adı değil (eskisi önde, '-' ile birleşik). keys/epochs.json dosyasını sayfanın Bütünlük bölümündeki dönemlerle karşılaştırın.",
        "ar": "قيمة tokens_epoch ليست اسم حقبة مفتوحة ولا اسمي حقبتين (الأقدم أولًا، بينهما '-'). قارن keys/epochs.json بالحقب المعروضة في صفحة السلامة.",
    },
    Reason.DIGEST_MISMATCH: {
        "en": "The record differs from its signed digest. Send the bytes that were signed.",
        "tr": "Kayıt imzalı özetinden farklı. İmzalanan baytları gönderin.",
        "ar": "السجل يخالف بصمته الموقّعة. أرسل البايتات التي وُقّعت.",
    },
    Reason.MALFORMED_RECORD: {
        "en": "The record is not strict JSON (UTF-8, no duplicate keys).",
        "tr": "Kayıt geçerli JSON değil (UTF-8, yinelenen anahtar yok).",
        "ar": "السجل ليس JSON صارمًا (UTF-8 بلا مفاتيح مكررة).",
    },
    Reason.UNKNOWN_KIND: {
        "en": "The record's kind is not known. See the catalogue of events.",
        "tr": "Kaydın türü bilinmiyor. Olay kataloğuna bakın.",
        "ar": "نوع السجل غير معروف. راجع فهرس الأحداث.",
    },
    Reason.UNKNOWN_FIELD: {
        "en": "{field} is not a known field. Remove it or map it to a template column.",
        "tr": "{field} bilinen bir alan değil. Silin ya da şablondaki bir sütuna eşleyin.",
        "ar": "الحقل {field} غير معروف. احذفه أو اربطه بعمود في القالب.",
    },
    Reason.MISSING_FIELD: {
        "en": "{field} is missing. Fill it in.",
        "tr": "{field} eksik. Doldurun.",
        "ar": "الحقل {field} ناقص. املأه.",
    },
    Reason.INVALID_VALUE: {
        "en": "{field} does not have an allowed value. See the template for its form.",
        "tr": "{field} geçerli bir değer taşımıyor. Biçimi için şablona bakın.",
        "ar": "قيمة {field} غير مسموحة. راجع القالب لمعرفة شكلها.",
    },
    Reason.NOT_ALLOWED: {
        "en": "This organisation may not publish a record of this kind.",
        "tr": "Bu kurum bu türde kayıt yayımlayamaz.",
        "ar": "لا يحق لهذه الجهة نشر سجل من هذا النوع.",
    },
    Reason.ID_CONFLICT: {
        "en": "This version was sent before with other content. A change needs a higher version.",
        "tr": "Bu sürüm daha önce başka içerikle gönderildi. Değişiklik için daha yüksek sürüm gerekir.",
        "ar": "أُرسلت هذه النسخة من قبل بمحتوى آخر. التغيير يحتاج نسخة أعلى.",
    },
    Reason.QUOTA_EXCEEDED: {
        "en": "More than the limit of {field} allows. If it is a number: is it typed in for many people? Otherwise wait, or speak with the administration.",
        "tr": "{field} sınırı aşıldı. Bir numaraysa: birçok kişiye mi yazıldı? Değilse bekleyin ya da merkezî idareyle görüşün.",
        "ar": "جرى تجاوز حدّ {field}. إن كان رقمًا فهل كُتب لأشخاص كثيرين؟ وإلا فانتظر أو تحدّث مع الإدارة.",
    },
    Reason.UNKNOWN_PROGRAMME: {
        "en": "The programme is not registered. First run: tekil programme add FILE",
        "tr": "Program kayıtlı değil. Önce şunu çalıştırın: tekil programme add DOSYA",
        "ar": "البرنامج غير مسجّل. نفّذ أولًا: tekil programme add FILE",
    },
    Reason.NOT_YOUR_PROGRAMME: {
        "en": "The programme belongs to another organisation.",
        "tr": "Program başka bir kuruma ait.",
        "ar": "البرنامج تابع لجهة أخرى.",
    },
    Reason.NOT_YOUR_KEY_SERVER: {
        "en": "This organisation is not registered as the body that runs this key server. The administration runs: tekil partner add ORG --mailbox ADDRESS --key-server N",
        "tr": "Bu kurum, bu anahtar sunucusunu işleten kurum olarak kayıtlı değil. Merkezî idare şunu çalıştırır: tekil partner add KURUM --mailbox ADRES --key-server N",
        "ar": "هذه الجهة غير مسجّلة بوصفها من يشغّل خادم المفاتيح هذا. تنفّذ الإدارة: tekil partner add ORG --mailbox ADDRESS --key-server N",
    },
    Reason.PLACEHOLDER: {
        "en": "{field} is a placeholder, not a person's number. Leave it empty or enter the real number.",
        "tr": "{field} bir kişiye ait değil, yer tutucu. Boş bırakın ya da gerçek numarayı girin.",
        "ar": "{field} رقم بديل وليس رقم شخص. اتركه فارغًا أو أدخل الرقم الصحيح.",
    },
    Reason.EPOCH_MISSING: {
        "en": "The record has tokens, but its submission says that it has none (tokens_epoch none). Say the epoch of the tokens.",
        "tr": "Kayıtta belirteç var ama gönderim yok diyor (tokens_epoch none). Belirteçlerin anahtar dönemini bildirin.",
        "ar": "في السجل رموز والإرسال يقول إنه لا رموز فيه (tokens_epoch none). اذكر حقبة الرموز.",
    },
    Reason.SUBMISSION_HELD: {
        "en": "Held: too many rows of this submission were refused, so that none of it was taken. Correct the list, or ask the administration for a release, and send it again.",
        "tr": "Bekletildi: bu gönderimin çok fazla satırı reddedildi, bu yüzden hiçbiri alınmadı. Listeyi düzeltin ya da merkezî idareden serbest bırakmasını isteyin, sonra yeniden gönderin.",
        "ar": "عُلّق الإرسال: رُفضت صفوف كثيرة منه فلم يُقبل منه شيء. صحّح القائمة أو اطلب من الإدارة الإفراج عنها ثم أرسلها من جديد.",
    },
    Reason.ACCOUNT_NEEDED: {
        "en": "This is signed by a person, with the key of an account of that role. First run: tekil account add USER --role ROLE",
        "tr": "Bunu bir kişi, o roldeki hesabının anahtarıyla imzalar. Önce şunu çalıştırın: tekil account add KULLANICI --role ROL",
        "ar": "يوقّع هذا شخص بمفتاح حساب له هذا الدور. نفّذ أولًا: tekil account add USER --role ROLE",
    },
    Reason.UNKNOWN_POLICY: {
        "en": "No policy that waits for a signature has this {field}. Sign what was proposed: tekil policy show --proposed",
        "tr": "İmza bekleyen hiçbir politikanın {field} değeri bu değil. Önerileni imzalayın: tekil policy show --proposed",
        "ar": "لا سياسة تنتظر التوقيع لها قيمة {field} هذه. وقّع ما اقتُرح: tekil policy show --proposed",
    },
    Reason.UNKNOWN_SUBMISSION: {
        "en": "No submission of this organisation has this id. Copy it from: tekil receipts --org ORG",
        "tr": "Bu kurumun bu kimlikte bir gönderimi yok. Şuradan kopyalayın: tekil receipts --org KURUM",
        "ar": "لا إرسال لهذه الجهة بهذا المعرّف. انسخه من: tekil receipts --org ORG",
    },
    Reason.INVALID_IDENTIFIER: {
        "en": "{field} is not valid in its scheme (check digits or length). Check the document.",
        "tr": "{field} kendi şemasına göre geçersiz (kontrol hanesi ya da uzunluk). Belgeye bakın.",
        "ar": "{field} غير صالح في نظامه (أرقام التحقق أو الطول). راجع الوثيقة.",
    },
    Reason.CONFLICTING_ROWS: {
        "en": "Rows with the same reference disagree in {field}. Write it once or make it equal.",
        "tr": "Aynı referanslı satırlar {field} alanında çelişiyor. Bir kez yazın ya da eşitleyin.",
        "ar": "صفوف المرجع نفسه تختلف في {field}. اكتبه مرة واحدة أو وحّده.",
    },
    Reason.UNREADABLE_FILE: {
        "en": "The file cannot be read as CSV (UTF-8) or XLSX. Save it again in one of these forms.",
        "tr": "Dosya CSV (UTF-8) ya da XLSX olarak okunamıyor. Bu biçimlerden biriyle yeniden kaydedin.",
        "ar": "تعذّرت قراءة الملف بصيغة CSV (UTF-8) أو XLSX. احفظه بإحداهما.",
    },
    Reason.EMPTY_FILE: {
        "en": "The file has no row under its header. Nothing was sent.",
        "tr": "Dosyada başlık altında satır yok. Hiçbir şey gönderilmedi.",
        "ar": "لا صفوف تحت العناوين في الملف. لم يُرسل شيء.",
    },
    Reason.UNKNOWN_DISTRICT: {
        "en": "{field} is not a known p-code of a district.",
        "tr": "{field} bilinen bir ilçe p-kodu değil.",
        "ar": "{field} ليس رمز منطقة معروفًا.",
    },
    Reason.AMBIGUOUS_NUMBER: {
        "en": "{field} can be read in two ways (1.234 or 1,234). Write it with its decimals, as 1234.00 or 1.234,00.",
        "tr": "{field} iki türlü okunabilir (1.234 ya da 1,234). Ondalıklarıyla yazın: 1234,00 ya da 1.234,00.",
        "ar": "يمكن قراءة {field} بطريقتين (1.234 أو 1,234). اكتبه مع كسوره العشرية: 1234.00 أو 1,234.00.",
    },
    Reason.DIGITS_LOST: {
        "en": "The spreadsheet has shortened {field} (as 9.93E+10). Format the column as text and enter it again.",
        "tr": "Tablo programı {field} değerini kısaltmış (9,93E+10 gibi). Sütunu metin yapıp yeniden girin.",
        "ar": "اختصر برنامج الجداول قيمة {field} (مثل 9.93E+10). اجعل العمود نصًا وأدخلها من جديد.",
    },
    Reason.DUPLICATE_COLUMN: {
        "en": "Two columns of the file mean {field}. Keep one of them.",
        "tr": "Dosyada iki sütun {field} anlamına geliyor. Birini bırakın.",
        "ar": "عمودان في الملف يعنيان {field}. أبقِ واحدًا منهما.",
    },
}


def explain(reason: Reason, field: str = "", lang: str = "en") -> str:
    """The reason as a sentence for a person, in `lang` (tr, en or ar).

    A held row's field is its own problem as `reason:field`, which is explained after it.
    """
    text = MESSAGES[reason][lang].format(field=field or "-")
    own, _, column = field.partition(":")
    if reason is Reason.SUBMISSION_HELD and own in set(Reason) - {Reason.SUBMISSION_HELD}:
        text += " " + explain(Reason(own), column, lang)
    return text
