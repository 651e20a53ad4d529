"""Owns the noise put on training text: typing slips, missing marks, wrong homophones, politeness, mixed languages."""

from __future__ import annotations

import random

from corpora import is_zh

NEAR = {"q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
        "p": "ol", "a": "qsz", "s": "awdx", "d": "sefc", "f": "drgv", "g": "fthb", "h": "gyjn", "j": "hukm",
        "k": "jil", "l": "kop", "z": "asx", "x": "zsc", "c": "xdv", "v": "cfb", "b": "vgn", "n": "bhm", "m": "njk"}
SHORT = {"you": "u", "your": "ur", "are": "r", "please": "pls", "thanks": "thx", "because": "cuz", "want to": "wanna",
         "going to": "gonna", "before": "b4", "for": "4", "to": "2", "i am": "im", "cannot": "cant", "order": "ordr"}
HOMOPHONES = ["的得地", "在再", "他她它", "做作", "吗嘛", "哪那", "帐账", "以已", "卷券", "块快", "带代", "像象", "座坐",
              "到道", "货获", "退推", "错措", "换还", "没每", "定订", "需须", "查察", "发法", "期其", "是事", "号好"]
SOUND = {c: [o for o in row if o != c] for row in HOMOPHONES for c in row}
BEFORE_EN = ["hi, ", "hello ", "hey ", "please ", "hi there, ", "excuse me, ", "sorry, ", "um ", "so ", "ok so ",
             "quick question: ", "can you tell me ", "i'd like to know ", "hi i have a question. ", "good morning, "]
AFTER_EN = [" please", " thanks", " thank you", " pls", " asap", "??", "?", "!", " help", " now", "..."]
BEFORE_ZH = ["你好,", "您好 ", "请问", "亲,", "在吗 ", "麻烦问一下", "那个", "想问下", "我想问一下 ", "客服你好,", "不好意思,"]
AFTER_ZH = ["谢谢", ",谢谢", "?", "??", "啊", "呢", "呀", "吗", "。", ",急", ",麻烦了", "啦", "~"]
MIXED = [("退款", "refund"), ("订单", "order"), ("密码", "password"), ("账号", "account"), ("发票", "invoice"),
         ("取消", "cancel"), ("地址", "address"), ("优惠券", "coupon"), ("会员", "vip"), ("客服", "customer service"),
         ("物流", "tracking"), ("快递", "delivery"), ("邮箱", "email"), ("套餐", "plan"), ("流量", "data"), ("手机", "phone"),
         ("登录", "login"), ("更新", "update"), ("退货", "return"), ("预订", "booking"), ("房间", "room"), ("会议", "meeting"),
         ("付款", "payment"), ("信用卡", "credit card"), ("尺码", "size"), ("改签", "reschedule"), ("航班", "flight")]


def _slip(word: str, rng: random.Random) -> str:
    """One typing slip inside a Latin word of four letters or more."""
    if len(word) < 4 or not word.isascii():
        return word
    i = rng.randrange(1, len(word) - 1)
    kind = rng.random()
    if kind < 0.3:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if kind < 0.55:
        return word[:i] + word[i + 1 :]
    if kind < 0.75:
        return word[:i] + word[i] + word[i:]
    return word[:i] + rng.choice(NEAR.get(word[i].lower(), word[i])) + word[i + 1 :]


def _english(text: str, rng: random.Random) -> str:
    words = text.split()
    if rng.random() < 0.4:
        for _ in range(1 if len(words) < 8 else 2):
            i = rng.randrange(len(words))
            words[i] = _slip(words[i], rng)
    if len(words) > 4 and rng.random() < 0.15:
        del words[rng.randrange(len(words))]
    text = " ".join(words)
    if rng.random() < 0.2:
        text = text.replace("'", "")
    if rng.random() < 0.3:
        text = text.rstrip(".?!")
    if rng.random() < 0.1:
        long, short = rng.choice(list(SHORT.items()))
        text = f" {text} ".replace(f" {long} ", f" {short} ").strip()
    if rng.random() < 0.15:
        text = rng.choice(BEFORE_EN) + text
    if rng.random() < 0.15:
        text += rng.choice(AFTER_EN)
    return text


def _chinese(text: str, rng: random.Random) -> str:
    if rng.random() < 0.35:
        text = "".join(c for c in text if c not in ",.?!。、;:~")
    if len(text) > 5 and rng.random() < 0.2:
        i = rng.randrange(len(text))
        text = text[:i] + text[i + 1 :]
    if rng.random() < 0.25:
        places = [i for i, c in enumerate(text) if c in SOUND]
        if places:
            i = rng.choice(places)
            text = text[:i] + rng.choice(SOUND[text[i]]) + text[i + 1 :]
    if rng.random() < 0.15:
        for zh, en in rng.sample(MIXED, len(MIXED)):
            if zh in text:
                text = text.replace(zh, en, 1)
                break
    if rng.random() < 0.15:
        text = rng.choice(BEFORE_ZH) + text
    if rng.random() < 0.15:
        text += rng.choice(AFTER_ZH)
    return text


def noisy(text: str, rng: random.Random, chance: float = 0.5) -> str:
    if rng.random() >= chance or not text.split():
        return text
    return (_chinese(text, rng) if is_zh(text) else _english(text, rng)) or text
