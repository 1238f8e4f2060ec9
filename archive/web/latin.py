"""Provinces and prefectures for English readers. Of counties no such list is at hand: they keep their own names.

The names are those of maps: ISO 3166-2 for provinces, Hanyu Pinyin, and the spelling of the place's own language where
that is customary. The readings of ``divisions.tsv`` do: for hosts, every reading that the characters have.
"""

from __future__ import annotations

from archive.collection.divisions import PROVINCES, table

#: The letters of ISO 3166-2, which fit a tile, and the name.
_PROVINCES = {
    "11": ("BJ", "Beijing"), "12": ("TJ", "Tianjin"), "13": ("HE", "Hebei"), "14": ("SX", "Shanxi"), "15": ("NM", "Inner Mongolia"), "21": ("LN", "Liaoning"),
    "22": ("JL", "Jilin"), "23": ("HL", "Heilongjiang"), "31": ("SH", "Shanghai"), "32": ("JS", "Jiangsu"), "33": ("ZJ", "Zhejiang"), "34": ("AH", "Anhui"),
    "35": ("FJ", "Fujian"), "36": ("JX", "Jiangxi"), "37": ("SD", "Shandong"), "41": ("HA", "Henan"), "42": ("HB", "Hubei"), "43": ("HN", "Hunan"),
    "44": ("GD", "Guangdong"), "45": ("GX", "Guangxi"), "46": ("HI", "Hainan"), "50": ("CQ", "Chongqing"), "51": ("SC", "Sichuan"), "52": ("GZ", "Guizhou"),
    "53": ("YN", "Yunnan"), "54": ("XZ", "Xizang"), "61": ("SN", "Shaanxi"), "62": ("GS", "Gansu"), "63": ("QH", "Qinghai"), "64": ("NX", "Ningxia"),
    "65": ("XJ", "Xinjiang"), "71": ("TW", "Taiwan"), "81": ("HK", "Hong Kong"), "82": ("MO", "Macao"),
}  # fmt: skip
#: Prefectures whose name is not the one reading of the table.
_PREFECTURES = {
    "1303": "Qinhuangdao", "1308": "Chengde", "1401": "Taiyuan", "1404": "Changzhi", "1410": "Linfen", "1411": "Lüliang", "1501": "Hohhot", "1506": "Ordos", "1507": "Hulunbuir",
    "1508": "Bayannur", "1509": "Ulanqab", "1522": "Hinggan", "1525": "Xilingol", "1529": "Alxa", "2101": "Shenyang", "2105": "Benxi", "2113": "Chaoyang", "2203": "Siping",
    "2206": "Baishan", "2208": "Baicheng", "2301": "Harbin", "2302": "Qiqihar", "2308": "Jiamusi", "2309": "Qitaihe", "2312": "Suihua", "2327": "Daxing'anling", "3202": "Wuxi",
    "3206": "Nantong", "3207": "Lianyungang", "3208": "Huai'an", "3213": "Suqian", "3301": "Hangzhou", "3302": "Ningbo", "3303": "Wenzhou", "3404": "Huainan", "3405": "Ma'anshan",
    "3413": "Suzhou", "3415": "Lu'an", "3417": "Chizhou", "3503": "Putian", "3504": "Sanming", "3509": "Ningde", "3601": "Nanchang", "3605": "Xinyu", "3606": "Yingtan",
    "3608": "Ji'an", "3702": "Qingdao", "3704": "Zaozhuang", "3706": "Yantai", "3709": "Tai'an", "3713": "Linyi", "3715": "Liaocheng", "3717": "Heze", "4102": "Kaifeng",
    "4104": "Pingdingshan", "4108": "Jiaozuo", "4111": "Luohe", "4115": "Xinyang", "4209": "Xiaogan", "4212": "Xianning", "4228": "Enshi", "4303": "Xiangtan", "4308": "Zhangjiajie",
    "4310": "Chenzhou", "4313": "Loudi", "4403": "Shenzhen", "4405": "Shantou", "4408": "Zhanjiang", "4415": "Shanwei", "4501": "Nanning", "4504": "Wuzhou", "4506": "Fangchenggang",
    "4508": "Guigang", "4510": "Baise", "4512": "Hechi", "4603": "Sansha", "4604": "Danzhou", "5108": "Guangyuan", "5109": "Suining", "5110": "Neijiang", "5113": "Nanchong",
    "5116": "Guang'an", "5117": "Dazhou", "5118": "Ya'an", "5132": "Aba", "5133": "Garzê", "5202": "Liupanshui", "5301": "Kunming", "5304": "Yuxi", "5308": "Pu'er",
    "5401": "Lhasa", "5402": "Xigazê", "5403": "Qamdo", "5404": "Nyingchi", "5405": "Shannan", "5406": "Nagqu", "5425": "Ngari", "6101": "Xi'an", "6104": "Xianyang",
    "6105": "Weinan", "6106": "Yan'an", "6204": "Baiyin", "6208": "Pingliang", "6212": "Longnan", "6229": "Linxia", "6230": "Gannan", "6301": "Xining", "6323": "Huangnan",
    "6326": "Golog", "6402": "Shizuishan", "6403": "Wuzhong", "6501": "Ürümqi", "6502": "Karamay", "6504": "Turpan", "6527": "Bortala", "6528": "Bayingolin", "6529": "Aksu",
    "6530": "Kizilsu", "6531": "Kashgar", "6532": "Hotan", "6540": "Ili", "6542": "Tacheng", "6543": "Altay",
}  # fmt: skip


def latin(code: str) -> tuple[str, str] | None:
    """The short and the full name of a province or prefecture by its digits; ``None`` where there is none."""
    if code in _PROVINCES:
        return _PROVINCES[code]
    division = table().get(code.ljust(6, "0")) if len(code) == len("6207") else None
    if division is None or not division.prefecture:
        return None
    name = _PREFECTURES.get(code) or (division.pinyin.capitalize() if division.pinyin.isalpha() else "")
    return (name, name) if name else None


def province(lang: str, name: str) -> str:
    """A province for a reader, by its own name, in full or in short; what is no province stays as it is."""
    found = [code for code, full in PROVINCES.items() if len(name) > 1 and full.startswith(name)]
    return _PROVINCES[found[0]][1] if lang == "en" and len(found) == 1 else name
