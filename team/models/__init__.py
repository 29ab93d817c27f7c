"""The vendor's own people and what they share."""

from team.models.audit import track_changes
from team.models.calendars import Absence, Holiday
from team.models.chat import ChatLine, ChatRoom
from team.models.install import Heartbeat, Install
from team.models.keys import ApiKey
from team.models.limits import TryCounter
from team.models.notices import Notice, NoticeWay
from team.models.people import Department, DepartmentMember, Role, StaffInvitation, User, UserManager
from team.models.undo import ActionLog, AliveManager, SoftDeleted
from team.models.views import SavedView, ViewStar

__all__ = [
    "Absence",
    "ActionLog",
    "AliveManager",
    "ApiKey",
    "ChatLine",
    "ChatRoom",
    "Department",
    "DepartmentMember",
    "Heartbeat",
    "Holiday",
    "Install",
    "Notice",
    "NoticeWay",
    "Role",
    "SavedView",
    "SoftDeleted",
    "StaffInvitation",
    "TryCounter",
    "User",
    "UserManager",
    "ViewStar",
    "track_changes",
]
