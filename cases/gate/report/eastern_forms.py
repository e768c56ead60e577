"""Names and addresses as Japanese, Korean and Chinese reports write them: behind the label of a field, before a title, by a town's parts."""

import re

from cases.gate.report.forms import Form, Private

_HAN = r"[\u3400-\u9fff々〆ヶ]"
_KANA = r"[\u3040-\u30ff]"
_HANGUL = r"[\uac00-\ud7a3]"
_GAP = r"[ \t\u3000]"
_COLON = rf"(?:{_GAP}*[:：]{_GAP}*|{_GAP}+)"
_NOT_A_LABEL = rf"(?!{_GAP}?[:：]|{_HAN})"
_JAPANESE_LABELS = (
    r"(?:患者氏名|患者名|氏名|姓名|お名前|名前|受診者名?|依頼医師?|主治医|担当医師?|読影医師?|報告医師?|診断医|紹介医師?|検査技師|技師|医師名?"
    r"|报告医师?|审核医师?|检查医师?|诊断医师?|申请医师?|報告醫師|審核醫師|病人姓名|家属|連絡先氏名|保護者)"
)
_KOREAN_LABELS = r"(?:성명|이름|환자명|환자[ ]?이름|환자[ ]?성명|성함|수진자명?|보호자|판독의사?|의뢰의사?|주치의|담당의사?|검사자|촬영자|작성자|기사)"
_JAPANESE_TITLES = r"(?:様|殿|先生|さん|君|氏(?!名)|医師|女士|先生|小姐)"
_KOREAN_TITLES = r"(?:환자(?!명|[ ]?이름|[ ]?성명)|님|씨|교수|선생님?|전문의|과장)"
_JAPANESE_STREETS = rf"{_HAN}{{2,3}}[都道府県](?:{_HAN}|{_KANA}){{1,6}}[市区町村郡]|(?:{_HAN}|{_KANA}){{1,5}}[市](?:{_HAN}|{_KANA}){{1,4}}[区町村]|{_HAN}{{2,3}}[省市]{_HAN}{{1,5}}[市区县區縣]"
_REST_OF_A_STREET = rf"(?:{_HAN}|{_KANA}|[\d０-９ー−‐-])*(?:{_GAP}?(?:{_HAN}|{_KANA}){{2,8}}[\d０-９]+号室?)?"


def _form(kind: Private, pattern: str, *words: str) -> Form:
    return Form(kind, re.compile(pattern, re.M), words)


# What stands for its field in Chinese characters alone can't be told from a finding: a label or a title is asked for.
EASTERN_FORMS: tuple[Form, ...] = (
    _form(Private.ADDRESS, rf"(?:住所|現住所|地址|住址|주소){_COLON}([^\s:：;；]+(?:{_GAP}(?!(?:電話|电话|전화|TEL|Tel|〒))[^\s:：;；]+(?![:：])){{0,5}})", "住所", "地址", "住址", "주소"),
    _form(Private.ADDRESS, rf"(?:〒{_GAP}?\d{{3}}-?\d{{4}}{_GAP}?)?(?:{_JAPANESE_STREETS}){_REST_OF_A_STREET}", "市", "区", "県", "都", "郡", "区", "县", "區", "縣"),
    _form(
        Private.ADDRESS,
        rf"{_HANGUL}{{2,5}}(?:특별시|광역시|특별자치시|도|시)[ ]{_HANGUL}{{1,5}}(?:구|군|시)(?:[ ]{_HANGUL}{{1,8}}[\d]*(?:구|동|읍|면|로|길))*(?:[ ]\d{{1,4}}(?:-\d{{1,4}})?)?(?:[ ]\d{{1,4}}동)?(?:[ ]\d{{1,4}}호)?",
        "시", "도",
    ),
    _form(Private.NAME, rf"{_JAPANESE_LABELS}{_COLON}((?:{_HAN}|{_KANA}){{1,7}}(?:{_GAP}(?:{_HAN}|{_KANA}){{1,6}}{_NOT_A_LABEL})?)", "名", "医", "師", "师", "醫", "家属", "保護者"),
    _form(Private.NAME, rf"{_KOREAN_LABELS}{_COLON}({_HANGUL}{{2,4}})(?!{_HANGUL}|[ ]?[:：])", "성", "이름", "환자", "수진", "보호", "판독", "의뢰", "주치", "담당", "검사자", "촬영자", "작성자", "기사"),
    _form(Private.NAME, rf"(?<!{_HAN})({_HAN}{{1,4}}(?:{_GAP}?(?:{_HAN}|{_KANA}){{1,4}})?){_GAP}?{_JAPANESE_TITLES}", "様", "殿", "先生", "さん", "君", "氏", "医師", "女士", "小姐"),
    _form(Private.NAME, rf"(?:^|(?<=[ ,(:：]))({_HANGUL}{{2,4}})[ ]?{_KOREAN_TITLES}(?!{_HANGUL}{{2}})", "환자", "님", "씨", "교수", "선생", "전문의", "과장"),
)  # fmt: skip
