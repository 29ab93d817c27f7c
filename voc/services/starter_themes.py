# ruff: noqa: E501 - tables of words
"""The themes that a software vendor starts with, in two levels, with keywords (stems) in three languages. Plain data."""

from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class StarterTheme:
    """One theme; `parent` is the slug of its group, "" for a group."""

    name: str
    department: str
    parent: str = ""
    keywords: dict[str, list[str]] = field(default_factory=dict)


def _theme(name: str, department: str, parent: str, *lines: str) -> StarterTheme:
    """`lines`: the keywords in English, Danish and Chinese, with commas."""
    words = {
        code: [word.strip() for word in line.split(",")] for code, line in zip(("en", "da", "zh"), lines, strict=True)
    }
    return StarterTheme(name, department, parent, words)


THEMES: Final[dict[str, StarterTheme]] = {
    "buying": StarterTheme(_("Buying and starting"), "sales"),
    "product": StarterTheme(_("Product"), "product"),
    "service": StarterTheme(_("Service"), "support"),
    "money": StarterTheme(_("Invoices and contracts"), "finance"),
    "together": StarterTheme(_("Working together"), "success"),
    "outcome": StarterTheme(_("Outcome"), "marketing"),
    "handover": _theme(_("Handover from sales"), "sales", "buying",
        "sales promised, salesperson, sales team, sales rep, account rep, handover, hand-over, handoff, promised us, was promised, were promised, project plan, before signing, kick-off, kickoff, after signing, implementation team",
        "sælger, lovede, lovet, overdragelse, overlevering, projektplan, opstart, implementering, skrev under, underskr",
        "销售, 答应, 承诺, 交接, 项目计划, 签约, 签完, 实施, 售前, 对接人, 启动会"),
    "expectation": _theme(_("Expectations"), "sales", "buying",
        "expected, expectation, misled, demo showed, demoed, thought it would, oversold", "forvent, troede, vildledt, demoen", "期望, 预期, 以为, 误导, 演示"),
    "pricing": _theme(_("Pricing"), "sales", "buying",
        "price, pricing, pricey, expensive, costly, cost of, costs more, costs too, licence cost, license cost, discount, quote, per seat, affordable, cheaper",
        "pris, dyr, rabat, koster for, koster mere, omkostning, billig, tilbud på, penge værd", "价格, 涨, 贵, 费用, 折扣, 便宜, 报价, 性价比, 收费方式, 多少钱"),
    "onboarding": _theme(_("Onboarding and set-up"), "success", "buying",
        "onboarding, set-up, setup, set up, go-live, go live, getting started, migration", "opsætning, onboarding, i gang, migrer, idriftsæt", "上线, 安装, 部署, 迁移, 入门"),
    "usability": _theme(_("Ease of use"), "product", "product",
        "click, confusing, hard to use, easy to use, interface, export, navigation, clumsy, intuitive, layout, menu, button, design, cluttered, redesign, find anything",
        "klik, forvirrende, svær at bruge, nem at bruge, nemt at bruge, eksport, brugerflade, overskuelig, knap, menu, design, finde rundt, forside", "点, 难用, 好用, 界面, 导出, 操作, 按钮, 菜单, 导航, 改版, 设计"),
    "bugs": _theme(_("Bugs and outages"), "product", "product",
        "bug, crash, time out, times out, timeout, outage, error, broken, slow, down again, freez, glitch, unstable, downtime, goes blank",
        "fejl, nedbrud, går i stå, langsom, bryder ned, virker ikke, går ned, nede, ustabil, lukker ned", "超时, 崩溃, 故障, 错误, 太慢, 卡, 打不开, 宕机, 闪退, 白屏, 报错, bug, 稳定"),
    "performance": _theme(_("Speed"), "product", "product",
        "slow, loading, takes ages, takes forever, performance, laggy, spinning, seconds to load", "langsom, loade, evighed, sløv, hurtigere, svartid på siden", "加载, 太慢, 慢得, 转圈, 性能, 卡顿"),
    "missing-feature": _theme(_("Missing feature"), "product", "product",
        "missing, feature, if we could, could be set, would be great if, integration, lacks, we need, roadmap", "mangler, funktion, hvis man kunne, kunne sættes, integration", "功能, 如果, 希望能, 缺少, 集成, 支持按"),
    "integrations": _theme(_("Integrations and API"), "product", "product",
        "integration, integrate, api, connector, sync, webhook, zapier, salesforce, hubspot, outlook, sap, erp, crm, slack, teams, connect",
        "integration, api, kobling, koble, synk, webhook, outlook, sap, erp, crm, forbindelse, taler sammen", "集成, 接口, 对接, 同步, 打通, 回调, API, ERP, CRM, 连接器, 插件"),
    "reporting": _theme(_("Reports and dashboards"), "product", "product",
        "report, dashboard, chart, export, figures, totals, kpi, pivot, numbers in", "rapport, dashboard, graf, udtræk, eksport, nøgletal, tallene", "报表, 看板, 图表, 仪表盘, 导出, 月报, 指标, 透视"),
    "mobile": _theme(_("Mobile"), "product", "product", "mobile, phone app, on the phone, iphone, android, tablet", "mobil, telefonen, iphone, android, tablet", "手机, 移动端, 安卓, 平板"),
    "search": _theme(_("Search"), "product", "product", "search, find records, filter", "søgning, søge, filtrer", "搜索, 查找, 筛选"),
    "notifications": _theme(_("Notifications"), "product", "product", "notification, alert, reminder mail", "notifikation, besked om, påmind", "通知, 提醒"),
    "access-rights": _theme(_("Roles and rights"), "product", "product", "permission, user roles, access rights, who can see", "rettighed, roller, adgang til", "权限, 角色"),
    "security": _theme(_("Security and log-in"), "product", "product", "single sign-on, sso, two-factor, security, log in, login, password, gdpr, privacy", "sso, sikkerhed, logge ind, login, adgangskode, gdpr, persondata", "单点登录, 安全, 登录, 密码, 隐私"),
    "data-quality": _theme(_("Data and import"), "product", "product", "import, duplicate, data quality, lost data, data loss, csv", "importer, importen, dublet, datakvalitet, mister data", "导入, 重复数据, 数据丢失, 数据质量"),
    "customising": _theme(_("Customising"), "product", "product", "custom field, customis, customiz, configur, workflow, template", "tilpas, konfigur, skabelon, felter", "自定义, 配置, 模板, 字段"),
    "automation": _theme(_("Automation"), "product", "product", "automat, automation, scheduled, recurring", "automatis, automatik", "自动, 定时"),
    "updates": _theme(_("Releases"), "product", "product", "update, release, upgrade, new version", "opdatering, ny version, udgivelse", "更新, 升级, 新版"),
    "support": _theme(_("Support"), "support", "service",
        "support, ticket, helpdesk, response time, agent, answered, customer service, call back, chatbot", "support, sag, svarede, hjælp, kundeservice, ringer, svar på", "客服, 工单, 回复, 支持团队, 售后, 回电"),
    "waiting": _theme(_("Waiting times"), "support", "service", "waiting for, still waiting, no reply, no answer, days to, weeks to, on hold", "venter på, ventet, intet svar, ikke hørt, rykke", "等了, 还在等, 没回复, 没有回音, 催了"),
    "self-service": _theme(_("Help pages"), "support", "service", "knowledge base, help page, help article, faq, manual", "hjælpecent, hjælpeside, vejledning, manual", "帮助页面, 知识库, 手册, 帮助文档"),
    "billing": _theme(_("Invoices"), "finance", "money",
        "invoice, billing, billed, payment, charged, purchase order, refund, credit note, vat, dunning, po number", "faktura, betaling, opkræv, regning, kreditnota, rykker, bogholderi, trukket", "发票, 账单, 付款, 收费, 退款, 扣费, 开票, 催款, 税号"),
    "contract": _theme(_("Contract and renewal"), "finance", "money", "contract, renewal, renew, terms, notice period, cancel", "kontrakt, fornyelse, forny, vilkår, opsig", "合同, 续约, 续费, 条款, 解约"),
    "licences": _theme(_("Licences and seats"), "finance", "money", "licence, license, seats, user count", "licens, brugere på, antal brugere", "授权, 账号数, 席位, 许可"),
    "education": _theme(_("Education"), "success", "together",
        "training, trainer, course, learn, onboarding, documentation, find their way, tutorial, webinar, workshop, certification", "kursus, oplæring, lære, undervis, dokumentation, finde rundt, webinar, superbruger, vejledning", "培训, 课程, 上手, 学习, 文档, 教程, 讲师, 老师, 研讨会, 直播课, 认证"),
    "relationship": _theme(_("Relationship"), "success", "together",
        "hear from you, account manager, contact person, csm, check-in, nobody calls, relationship", "hører, kontaktperson, kundeansvarlig", "消息, 客户经理, 联系"),
    "change-of-people": _theme(_("Change of people"), "success", "together", "new contact, contact changed, has left, left the company, changed four times", "ny kontakt, er stoppet, skiftet kontakt", "换了对接人, 离职, 换人"),
    "communication": _theme(_("Communication"), "success", "together", "communicat, informed, announce, without warning, newsletter, told us", "kommunik, informer, uden varsel, nyhedsbrev", "沟通, 告知, 公告, 没有通知"),
    "adoption": _theme(_("Adoption"), "success", "together",
        "adoption, roll-out, rollout, departments, not using, nobody uses, colleagues, unused", "afdeling, udrul, kommet i gang, bruger ikke, kolleger, ubrugt", "部门, 推广, 没开始用, 没人用, 吃灰"),
    "partnership": _theme(_("Influence and partnership"), "success", "together", "roadmap, user group, community, listened, our input, partner", "køreplan, brugergruppe, lyttede, medindflydelse, partner", "路线图, 用户组, 社区, 听取, 合作"),
    "value": _theme(_("Value"), "marketing", "outcome",
        "saved, saves, faster, return on, result, month-end, board noticed, value, worth, benefit", "sparet, sparer, hurtigere, resultat, månedsafslutning, værdi, gevinst, udbytte, får ud af", "节省, 缩短, 效果, 价值, 月结, 效率, 好处, 成果, 业绩"),
    "reputation": _theme(_("Recommendation"), "marketing", "outcome", "recommend, reference, word of mouth", "anbefal, reference", "推荐, 口碑"),
    "competition": _theme(_("Competitors"), "marketing", "outcome", "competitor, alternative, switch to, switching to, compared to, another supplier", "konkurrent, alternativ, skifte til, skifte leverandør", "竞争对手, 别家, 换供应商, 其他产品"),
    "events": _theme(_("Events"), "marketing", "outcome", "conference, user day, event, summit", "konference, brugerdag, arrangement", "大会, 活动, 用户日"),
}  # fmt: skip
