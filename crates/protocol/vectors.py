#!/usr/bin/env python3
"""Computes vectors.json with Python's standard library alone, apart from the Rust code that the
vectors test.

    python3 vectors.py            print the vectors
    python3 vectors.py --check    compare them with vectors.json beside this file
"""

import datetime
import hashlib
import hmac
import json
import pathlib
import sys
from urllib.parse import quote_plus

SECRET = "helloworld"
METHOD = "alibaba.health.vaccin.appointment.query"
REQUEST = "param_query_pov_appointment_record_by_date_req"
GMT8 = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime(2021, 1, 18, 8, 0, 0, tzinfo=GMT8)
NOW_MILLIS = int(NOW.timestamp() * 1000)
METHODS = ["md5", "hmac", "hmac-sha256"]


def canonical(params, body=b""):
    signed = sorted((n.encode(), v.encode()) for n, v in params if n != "sign")
    return b"".join(n + v for n, v in signed) + body


def sign(method, secret, params, body=b""):
    text, key = canonical(params, body), secret.encode()
    if method == "md5":
        code = hashlib.md5(key + text + key)
    else:
        code = hmac.new(key, text, hashlib.md5 if method == "hmac" else hashlib.sha256)
    return code.hexdigest().upper()


def signature(name, params, secret=SECRET, body="", published=None, only=METHODS):
    """One signature vector. The parameter sign_method is added for each method, as callers do;
    None stands for a request that has none and is signed with MD5."""
    published = published or {}
    cases = []
    for method in only:
        whole = params + ([["sign_method", method]] if method else [])
        value = sign(method or "md5", secret, whole, body.encode())
        assert published.get(method, value) == value, (name, method, value)
        cases.append({
            "sign_method": method,
            "canonical": canonical(whole, body.encode()).decode(),
            "sign": value,
        })
    return {"name": name, "secret": secret, "params": params, "body": body, "cases": cases}


def signatures():
    item = [
        ["app_key", "12345678"], ["fields", "num_iid,title,nick,price,num"], ["format", "json"],
        ["method", "taobao.item.seller.get"], ["num_iid", "11223344"], ["session", "test"],
        ["timestamp", "2016-01-01 12:00:00"], ["v", "2.0"],
    ]
    query = [
        ["app_key", "12345678"], ["format", "json"], ["method", METHOD], ["partner_id", "apidoc"],
        ["timestamp", "2021-01-18 08:00:00"], ["v", "2.0"],
        [REQUEST, '{"day":"2020-01-18","out_pov_id":"测试00001","page_num":1,"page_size":200}'],
    ]
    batch = [
        ["app_key", "12345678"], ["format", "json"], ["timestamp", "2021-01-18 08:00:00"],
        ["v", "2.0"],
    ]
    return [
        signature("documentation: taobao.item.seller.get", item, published={
            "md5": "66987CB115214E59E6EC978214934FB8",
            "hmac": "D56D7858309C31B6251083A874D48273",
            "hmac-sha256": "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8",
        }),
        signature("appointment query, Chinese value", query, published={
            "md5": "959362375343DBF870BF4D537A5D34E4",
            "hmac": "1550A1483AA18B1D7A42C7FC4820DB7D",
            "hmac-sha256": "F7EC871B83AF6830421302FAA0D4AB0E1ABF214159DB48460160CD178D08B85F",
        }),
        signature(
            "batch, body follows the parameters", batch,
            body="#PUBLIC#method=alibaba.health.vaccin.appointment.query\r\n-S-\r\nN",
            published={
                "md5": "139AF1104A9B2C57875BE08CF3B47262",
                "hmac": "76FA4CEA83673E03441DD33848BC0838",
                "hmac-sha256": "988CD1A7075BEBF4185BBE52C17650C8867235677FE4FF9718EAFCBD30867974",
            },
        ),
        signature("documentation: order of names", [
            ["foo", "1"], ["bar", "2"], ["foo_bar", "3"], ["foobar", "4"],
        ]),
        signature("order is of bytes: upper case before _, _ before lower case, then the rest", [
            ["b", "1"], ["a_b", "2"], ["aB", "3"], ["ab", "4"], ["a", "5"], ["A", "6"], ["é", "7"],
            ["测", "8"], ["𠮷", "9"], ["\uffe5", "10"], ["a.b", "11"], ["a-b", "12"], ["a1", "13"],
        ]),
        signature("empty values count as their bare names", [
            ["app_key", "12345678"], ["session", ""], ["target_app_key", ""], ["v", "2.0"],
        ]),
        signature("the same without the empty values", [["app_key", "12345678"], ["v", "2.0"]]),
        signature("a value of blanks is a value", [["a", " "], ["b", "\t"], ["c", "\r\n"]]),
        signature("values are signed as they are, not as they are encoded", [
            ["a", "1+1=2&b=%26"], ["name", "张三&李四<王五>\"'/\\"], ["rare", "𠮷😀"],
        ]),
        signature("no parameters but sign_method", []),
        signature("sign itself is left out", [["a", "1"], ["sign", "ABC"], ["signs", "2"]]),
        signature("without sign_method it is md5", item, only=[None]),
        signature("secret as long as a block", item, secret="0123456789abcdef" * 4),
        signature("secret longer than a block", item, secret="0123456789abcdef" * 5),
        signature("secret that is not ASCII", item, secret="密钥🔑"),
        signature("secret of one character", item, secret="x"),
    ]


def urlencoded(pairs, lower=False):
    def encode(text):
        encoded = quote_plus(text, safe="-_.*")
        if lower:
            parts = encoded.split("%")
            encoded = parts[0] + "".join("%" + p[:2].lower() + p[2:] for p in parts[1:])
        return encoded
    return "&".join(f"{encode(n)}={encode(v)}" for n, v in pairs)


def multipart(pairs, boundary):
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
        for n, v in pairs)
    return f"{parts}--{boundary}--\r\n"


def request(name, style, public, value, timestamp, form, sign_method, partner_id=None, **own):
    """One whole request in an SDK's wire style, for 2021-01-18 08:00:00 at GMT+8."""
    pairs = {
        "app_key": "12345678", "v": "2.0", "format": form, "sign_method": sign_method,
        "method": METHOD, "timestamp": timestamp, "partner_id": partner_id, "session": own.get("session"),
    }
    system = [[n, pairs[n]] for n in public if n != "sign"]
    business = [[REQUEST, value]]
    value = sign(sign_method or "md5", SECRET, system + business)
    at = public.index("sign") if "sign" in public else len(system)
    query, content_type, body, verb = None, None, "", "POST"
    if style == "split":
        query = urlencoded(system[:at] + [["sign", value]] + system[at:])
        content_type = own.get("content_type", "application/x-www-form-urlencoded;charset=UTF-8")
        body = urlencoded(business)
    elif style == "body":
        content_type = "application/x-www-form-urlencoded;charset=utf-8"
        body = urlencoded(system + [["sign", value]] + business, lower=own.get("lower", False))
    elif style == "get":
        verb, query = "GET", urlencoded(system + [["sign", value]] + business)
    else:
        boundary = own["boundary"]
        content_type = f"multipart/form-data; boundary={boundary}"
        body = multipart(system + business + [["sign", value]], boundary)
    return {
        "name": name, "verb": verb, "query": query, "content_type": content_type, "body": body,
        "secret": SECRET, "now_millis": NOW_MILLIS, "form": own.get("answer", form or "xml"),
        "sign_method": sign_method or "md5",
        "asks": own.get("asks", {"day": "2020-01-18", "out_pov_id": "00001", "page_num": 1, "page_size": 200}),
    }


def requests():
    local = "2021-01-18 08:00:00"
    compact = '{"day":"2020-01-18","out_pov_id":"00001","page_num":1,"page_size":200}'
    rare = {"day": "2020-01-18", "out_pov_id": "测试/00001", "page_num": 2, "page_size": 20}
    java = ["app_key", "method", "v", "sign", "timestamp", "partner_id", "format", "sign_method"]
    net = ["method", "v", "app_key", "partner_id", "sign_method", "format", "timestamp"]
    php = ["app_key", "v", "format", "sign_method", "method", "timestamp", "session", "partner_id", "sign"]
    python = ["format", "app_key", "sign_method", "v", "timestamp", "partner_id", "method", "sign"]
    c = ["app_key", "format", "method", "partner_id", "sign_method", "timestamp", "v"]
    node = ["method", "app_key", "v", "format", "timestamp", "sign_method"]
    return [
        request("Java 2021: hmac-sha256, public parameters in the query", "split", java,
                json.dumps(rare, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/"),
                local, "json", "hmac-sha256", "top-sdk-java-20210716", asks=rare),
        request("Java 2017: hmac", "split", java, compact, local, "json", "hmac", "top-sdk-java-20170207"),
        request(".NET: all in the body, lower-case escapes, hmac, XML", "body", net, compact, local,
                "xml", "hmac", "top-sdk-net-20230831", lower=True),
        request("PHP: empty session sent and signed, numbers as strings, md5, XML", "split", php,
                json.dumps({"day": "2020-01-18", "out_pov_id": "测试/00001", "page_num": "2",
                            "page_size": "20"}, separators=(",", ":")).replace("/", "\\/"),
                local, "xml", "md5", "top-sdk-php-20180326", session="", asks=rare,
                content_type="application/x-www-form-urlencoded; charset=UTF-8"),
        request("PHP: null for what is not set", "split", php,
                '{"day":"2020-01-18","out_pov_id":"00001","page_num":null,"page_size":null}',
                local, "xml", "md5", "top-sdk-php-20180326", session=""),
        request("Python: epoch milliseconds, blanks in the object, md5", "split", python,
                json.dumps({"day": "2020-01-18", "out_pov_id": "00001", "page_num": 1, "page_size": 200}),
                str(NOW_MILLIS), "json", "md5", "taobao-sdk-python-20180413"),
        request("Python: an object assigned as it is", "split", python,
                repr({"day": "2020-01-18", "out_pov_id": "测试/00001", "page_num": 2, "page_size": 20, "x": None}),
                str(NOW_MILLIS), "json", "md5", "taobao-sdk-python-20180413", asks=rare),
        request("C: multipart, epoch seconds, md5", "multipart", c, compact, str(NOW_MILLIS // 1000),
                "json", "md5", "topsdkcpp", boundary="------------------------8f3a1c5be1c0a3d4"),
        request("Node: multipart, signature last, md5", "multipart", node,
                json.dumps(rare, ensure_ascii=False, separators=(",", ":")), local, "json", "md5",
                boundary="--------------------------571364839406126437850285", asks=rare),
        request("documentation's curl: all in the body", "body",
                ["app_key", "format", "method", "partner_id", "sign_method", "timestamp", "v"],
                compact, local, "json", "hmac", "apidoc"),
        request("GET: all in the query, no sign_method, no format", "get",
                ["app_key", "method", "timestamp", "v"], compact, local, None, None),
    ]


def timestamps():
    texts = [
        "2021-01-18 08:00:00", "1610928000000", "1610928000", "1970-01-01 08:00:00", "2016-02-29 23:59:59",
        "0000000000", "9999999999", "0000000000000", "9999999999999",
    ]
    refused = [
        "", " ", "2021-01-18", "2021-01-18T08:00:00", "2021-01-18 08:00:00Z", "2021-01-18 8:00:00",
        "2021-02-29 08:00:00", "2021-01-18 24:00:00", "2021-01-18 08:60:00", "2021-01-18 08:00:60",
        "2021/01/18 08:00:00", "2021-01-18+08:00:00", "161092800", "16109280000", "161092800000",
        "16109280000000", "-161092800", "1610928000.0", "161092800x", "１６１０９２８０００", "0x60050000",
        " 1610928000", "1610928000 ",
    ]

    def millis(text):
        if len(text) == 19:
            return int(datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=GMT8).timestamp()) * 1000
        return int(text) * (1000 if len(text) == 10 else 1)

    return {"read": [{"text": t, "millis": millis(t)} for t in texts], "refused": refused}


def main():
    vectors = json.dumps({
        "about": "Vectors of the TOP protocol as Povline speaks it, for any language. "
                 "Made by vectors.py, which uses none of the code that they test.",
        "signatures": signatures(), "requests": requests(), "timestamps": timestamps(),
    }, ensure_ascii=False, indent=1) + "\n"
    if "--check" in sys.argv:
        kept = pathlib.Path(__file__).with_name("vectors.json").read_text(encoding="utf-8")
        sys.exit(0 if kept == vectors else "vectors.json differs from what vectors.py computes")
    sys.stdout.write(vectors)


main()
