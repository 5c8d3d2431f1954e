"""Where somebody works and in what: the closed choices of the public register."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Region(models.TextChoices):
    """The provincial level, by the codes of ISO 3166-2:CN (https://www.iso.org/obp/ui/#iso:code:3166:CN)."""

    BEIJING = "BJ", _("Beijing")
    TIANJIN = "TJ", _("Tianjin")
    HEBEI = "HE", _("Hebei")
    SHANXI = "SX", _("Shanxi")
    INNER_MONGOLIA = "NM", _("Inner Mongolia")
    LIAONING = "LN", _("Liaoning")
    JILIN = "JL", _("Jilin")
    HEILONGJIANG = "HL", _("Heilongjiang")
    SHANGHAI = "SH", _("Shanghai")
    JIANGSU = "JS", _("Jiangsu")
    ZHEJIANG = "ZJ", _("Zhejiang")
    ANHUI = "AH", _("Anhui")
    FUJIAN = "FJ", _("Fujian")
    JIANGXI = "JX", _("Jiangxi")
    SHANDONG = "SD", _("Shandong")
    HENAN = "HA", _("Henan")
    HUBEI = "HB", _("Hubei")
    HUNAN = "HN", _("Hunan")
    GUANGDONG = "GD", _("Guangdong")
    GUANGXI = "GX", _("Guangxi")
    HAINAN = "HI", _("Hainan")
    CHONGQING = "CQ", _("Chongqing")
    SICHUAN = "SC", _("Sichuan")
    GUIZHOU = "GZ", _("Guizhou")
    YUNNAN = "YN", _("Yunnan")
    TIBET = "XZ", _("Tibet")
    SHAANXI = "SN", _("Shaanxi")
    GANSU = "GS", _("Gansu")
    QINGHAI = "QH", _("Qinghai")
    NINGXIA = "NX", _("Ningxia")
    XINJIANG = "XJ", _("Xinjiang")
    TAIWAN = "TW", _("Taiwan")
    HONG_KONG = "HK", _("Hong Kong")
    MACAO = "MO", _("Macao")


class Sector(models.TextChoices):
    """Ours, in the order in which people look for them; not a statistical classification."""

    IT = "it", _("information technology and electronics")
    EQUIPMENT = "equipment", _("equipment and machinery")
    MATERIALS = "materials", _("new materials and chemistry")
    HEALTH = "health", _("medicine and health")
    BIO = "bio", _("biotechnology")
    AGRICULTURE = "agriculture", _("agriculture and food")
    ENERGY = "energy", _("energy")
    ENVIRONMENT = "environment", _("environment and resources")
    VEHICLES = "vehicles", _("vehicles and transport")
    AEROSPACE = "aerospace", _("aerospace and ocean")
    CONSTRUCTION = "construction", _("construction and water")
    SERVICES = "services", _("services for research and finance")
