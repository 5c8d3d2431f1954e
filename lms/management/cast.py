"""The people and organisations of the sample site. All fictional, and plainly so."""

from dataclasses import dataclass

from accounts.models import Role

PASSWORD = "sample-site-2026"
DOMAIN = "lms.example"


@dataclass(frozen=True)
class Org:
    slug: str
    kind: str
    name: str
    name_en: str
    region: str = ""
    region_en: str = ""
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """key: also the part of the e-mail address before the @. what: what to try as this person (zh, en)."""

    key: str
    full_name: str
    name_latin: str
    organisation: str = ""
    roles: tuple[str, ...] = ()
    what: str = ""
    what_en: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


AUTHORITY = Org("sample-authority", "authority", "示例主管机构", "Sample Authority", "示例省", "Sample Province")
BASE = Org(
    "sample-university",
    "base",
    "示例大学技术转移人才培养基地",
    "Sample University Training Base",
    "示例省",
    "Sample Province",
    ("junior", "intermediate", "senior"),
)
OTHER_BASE = Org(
    "sample-institute",
    "base",
    "示例产业技术研究院培养基地",
    "Sample Institute Training Base",
    "样例市",
    "Sample City",
    ("junior",),
)
EMPLOYER = Org("sample-employer", "employer", "示例热能电器公司", "Sample Thermal Appliances", "样例市", "Sample City")
ORGANISATIONS = [AUTHORITY, BASE, OTHER_BASE, EMPLOYER]

TRAINEE = Person(
    "trainee", "王示例", "WANG Shili", what="学习一节课，完成案例并提交工作成果", what_en="study, play the case, hand in"
)
GRADUATE = Person("graduate", "陈样本", "CHEN Yangben", what="已获证书的持证人", what_en="holds a certificate")
REVOKED = Person("revoked", "赵虚构", "ZHAO Xugou", what="证书已被撤销", what_en="whose certificate was revoked")
SUSPENDED = Person("suspended", "孔待查", "KONG Daicha", what="证书已暂停", what_en="whose certificate is suspended")
REINSTATED = Person(
    "reinstated", "曹恢复", "CAO Huifu", what="持有两份证书，可一并申请更名", what_en="two certificates: a new name for both"
)
CORRECTED = Person("corrected", "严更正", "YAN Gengzheng", what="证书经更正补发", what_en="whose certificate was corrected")
CLASSMATES = [
    Person("classmate1", "李范例", "LI Fanli"),
    Person("classmate2", "周假设", "ZHOU Jiashe"),
    Person("classmate3", "钱设想", "QIAN Shexiang"),
]
LISTED = [Person("listed1", "吴名单", "WU Mingdan"), Person("listed2", "郑待决", "ZHENG Daijue")]  # done, not yet awarded
SENIOR = Person(
    "senior", "马高阶", "MA Gaojie", what="高级班学员：答辩时段、业绩档案", what_en="senior trainee: defence slot, portfolio"
)
EXPERT = Person(
    "expert", "钱外聘", "QIAN Waipin", what="外部专家，参加答辩小组", what_en="outside expert on a defence panel"
)
AUTHOR = Person(
    "author", "孙作者", "SUN Zuozhe", BASE.slug, (Role.AUTHOR,), "编写课程、送审", "write the course, submit it for review"
)
BASE_REVIEWER = Person(
    "base-reviewer", "吴初审", "WU Chushen", BASE.slug, (Role.BASE_REVIEWER,), "基地内容审核", "first review, at the base"
)
REVIEWER = Person(
    "reviewer", "郑复审", "ZHENG Fushen", AUTHORITY.slug, (Role.REVIEWER,), "主管机构内容审核", "second review, at the authority"
)
REGISTRAR = Person(
    "registrar",
    "冯教务",
    "FENG Jiaowu",
    BASE.slug,
    (Role.REGISTRAR,),
    "开班、考勤、发布成绩、提请授予",
    "open cohorts, attendance, release results, propose awards",
)
INSTRUCTOR = Person("instructor", "褚授课", "CHU Shouke", BASE.slug, (Role.INSTRUCTOR,), "授课教师", "instructor")
ASSESSOR = Person(
    "assessor1", "卫评甲", "WEI Pingjia", BASE.slug, (Role.ASSESSOR,), "第一评阅", "first assessor (blind)"
)
ASSESSOR2 = Person(
    "assessor2", "蒋评乙", "JIANG Pingyi", BASE.slug, (Role.ASSESSOR,), "第二评阅", "second assessor (blind)"
)
MODERATOR = Person(
    "moderator", "沈复核", "SHEN Fuhe", BASE.slug, (Role.MODERATOR,), "评分分歧时复核", "decides when the two disagree"
)
CORE_AUTHOR = Person(
    "core-author", "何主笔", "HE Zhubi", AUTHORITY.slug, (Role.AUTHOR,), "编写国家核心内容", "writes the national core"
)
REVIEWER2 = Person(
    "reviewer2", "吕复审", "LYU Fushen", AUTHORITY.slug, (Role.REVIEWER,), "国家核心内容第二审", "second approval of the core"
)
OFFICER = Person(
    "officer",
    "韩发证",
    "HAN Fazheng",
    AUTHORITY.slug,
    (Role.OFFICER,),
    "确认授予、撤销证书、组织与审计",
    "confirms awards, revokes, organisations, audit log",
)
OFFICER2 = Person(
    "officer2", "尤复核", "YOU Fuhe", AUTHORITY.slug, (Role.OFFICER,), "证书变更的第二人确认", "confirms changes of certificates"
)
VERIFIER = Person(
    "employer", "杨用人", "YANG Yongren", EMPLOYER.slug, (Role.EMPLOYER,), "查验证书", "verifies certificates"
)
OTHER_REGISTRAR = Person(
    "other-registrar",
    "朱外基",
    "ZHU Waiji",
    OTHER_BASE.slug,
    (Role.REGISTRAR, Role.AUTHOR),
    "另一基地（看不到本基地内容）",
    "another base: sees nothing of this one",
)
OTHER_ASSESSOR = Person(
    "assessor3",
    "秦外评",
    "QIN Waiping",
    OTHER_BASE.slug,
    (Role.ASSESSOR, Role.MODERATOR),
    "外基地评阅、抽样复核",
    "another base's assessor: marks across bases, looks at samples",
)
STAFF = [
    AUTHOR, BASE_REVIEWER, REVIEWER, REGISTRAR, INSTRUCTOR, ASSESSOR, ASSESSOR2, MODERATOR, OFFICER, VERIFIER,
    OTHER_REGISTRAR, OTHER_ASSESSOR, CORE_AUTHOR, REVIEWER2, OFFICER2,
]  # fmt: skip
PEOPLE = [TRAINEE, GRADUATE, REVOKED, SUSPENDED, REINSTATED, CORRECTED, *CLASSMATES, *LISTED, SENIOR, EXPERT, *STAFF]
SHOWN = [
    TRAINEE, AUTHOR, BASE_REVIEWER, REVIEWER, CORE_AUTHOR, REGISTRAR, ASSESSOR, ASSESSOR2, OTHER_ASSESSOR, MODERATOR, OFFICER,
    OFFICER2, VERIFIER, GRADUATE, REINSTATED, SENIOR, EXPERT,
]  # fmt: skip
