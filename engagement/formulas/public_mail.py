"""Mail domains that anybody can have: they say nothing about whom a person works for."""

PUBLIC_DOMAINS = frozenset(
    """
    126.com 139.com 163.com 189.cn aim.com alice.it aliyun.com aol.com arcor.de att.net bellsouth.net bigpond.com
    bluewin.ch bol.com.br btinternet.com charter.net club-internet.fr comcast.net cox.net duck.com earthlink.net
    email.com email.cz fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de
    gmx.net googlemail.com hey.com hotmail.be hotmail.co.uk hotmail.com hotmail.de hotmail.dk hotmail.es hotmail.fr
    hotmail.it hotmail.nl hotmail.se hushmail.com icloud.com inbox.lv inbox.ru interia.pl jubii.dk laposte.net libero.it
    list.ru live.be live.co.uk live.com live.de live.dk live.fr live.it live.nl live.se mac.com mail.com mail.dk mail.ru
    me.com msn.com naver.com neuf.fr o2.pl ofir.dk onet.pl online.de op.pl orange.fr outlook.com outlook.de outlook.dk
    outlook.es outlook.fr pm.me post.cz posteo.de proton.me protonmail.ch protonmail.com qq.com rambler.ru
    rediffmail.com rocketmail.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be
    sohu.com stofanet.dk sunrise.ch t-online.de talktalk.net telenet.be terra.com.br tiscali.it tutanota.com tuta.io
    ukr.net uol.com.br verizon.net virgilio.it virginmedia.com vip.163.com vip.qq.com wanadoo.fr web.de wp.pl
    yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.dk yahoo.es yahoo.fr
    yahoo.it yandex.com yandex.ru yeah.net ymail.com ziggo.nl zoho.com zoznam.sk
    """.split()  # noqa: SIM905 a list of a hundred words reads better so
)


def company_domain(address: str) -> str:
    """The mail domain of an address when it can be a company's; else ""."""
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    return "" if domain in PUBLIC_DOMAINS or "." not in domain or len(domain) > 200 else domain
