"""Who signs in, and for whom: accounts, their memberships, the invitations that made them, and the
tokens by which programs act.

An account is no party: it signs nothing. What a party signs is signed by her own key, or by a
passkey that her key let sign for her (`services/passkey.py`).
"""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from sosie.core.roles import HOUSE, Role, roles_of

_ROLES = [(str(role), role.words) for role in Role]
_OF_THE_HOUSE = Q(role__in=[str(role) for role in roles_of(HOUSE)])
_NUMBER = r"^[A-Z2-7]{4}-[A-Z2-7]{4}$"


class Account(AbstractBaseUser):
    """Somebody who signs in, with a passkey and nothing else."""

    password = None  # type: ignore[assignment]
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    number = models.CharField(max_length=9, unique=True)
    """By which she is found again when she comes with a recovery code; it is told to her alone."""
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    language = models.CharField(max_length=10, blank=True, default="")
    """The language that she chose for the pages; empty where she chose none."""

    objects = BaseUserManager()
    USERNAME_FIELD = "number"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="account_named"),
            models.CheckConstraint(condition=Q(number__regex=_NUMBER), name="account_number_form"),
        ]

    def __str__(self) -> str:
        return self.name

    def has_usable_password(self) -> bool:
        """Return that there is none: nobody signs in with a password."""
        return False


class Membership(models.Model):
    """That somebody acts for a party, or for the house, in one role."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="memberships")
    party = models.ForeignKey("store.Party", models.PROTECT, null=True, related_name="members")
    role = models.CharField(max_length=20, choices=_ROLES)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "party", "role"], name="member_once_in_a_role"
            ),
            models.UniqueConstraint(
                fields=["account", "role"],
                condition=Q(party__isnull=True),
                name="of_the_house_once_in_a_role",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[str(role) for role in Role]), name="member_role_known"
            ),
            models.CheckConstraint(
                condition=(_OF_THE_HOUSE & Q(party__isnull=True))
                | (~_OF_THE_HOUSE & Q(party__isnull=False)),
                name="member_of_party_or_house",
            ),
        ]


class Invitation(models.Model):
    """The one way to become a member: for one party, in one role, used once, until it expires."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    party = models.ForeignKey("store.Party", models.PROTECT, null=True, related_name="invitations")
    role = models.CharField(max_length=20, choices=_ROLES)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="invitations")
    """Who used it."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=[str(role) for role in Role]), name="invited_role_known"
            ),
            models.CheckConstraint(
                condition=(_OF_THE_HOUSE & Q(party__isnull=True))
                | (~_OF_THE_HOUSE & Q(party__isnull=False)),
                name="invited_by_party_or_house",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, account__isnull=True)
                | Q(used_at__isnull=False, account__isnull=False),
                name="used_by_somebody",
            ),
        ]


class Token(models.Model):
    """What a program shows that acts for a party, or for the house in the roles of somebody who
    answers for it; of its secret only the hash is kept."""

    id = models.CharField(primary_key=True, max_length=8)
    party = models.ForeignKey("store.Party", models.PROTECT, null=True, related_name="tokens")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="tokens")
    """Who answers for what a program of the house does."""
    name = models.CharField(max_length=80)
    """What it is for, in words."""
    scopes = models.JSONField()
    hash = models.CharField(max_length=64)
    """SHA-256 of the whole token, in hexadecimal: it holds 256 random bits, so that nothing slower
    is needed."""
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    """To the hour."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id__regex=r"^[a-z2-7]{8}$"), name="token_id_form"),
            models.CheckConstraint(condition=Q(hash__regex=r"^[0-9a-f]{64}$"), name="token_hashed"),
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_has_a_scope"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="token_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(party__isnull=False, account__isnull=True)
                | Q(party__isnull=True, account__isnull=False),
                name="token_of_party_or_house",
            ),
        ]


class KeptAnswer(models.Model):
    """What a program was answered under its idempotency key: said again to whoever asks again."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="answers")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)
    """SHA-256 of method, path and body, in hexadecimal."""
    status = models.PositiveSmallIntegerField(null=True)
    """None while it is being done."""
    kind = models.CharField(max_length=80, blank=True, default="")
    body = models.BinaryField(default=b"")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "key"], name="answered_once_a_key"),
            models.CheckConstraint(
                condition=Q(status__isnull=True) | Q(status__range=(200, 499)),
                name="no_fault_is_kept",
            ),
        ]


class OperatorAct(models.Model):
    """What an operator did to who may sign in or act by a program: append-only."""

    class What(models.TextChoices):
        INVITED = "invited"
        WITHDREW = "invitation withdrawn"
        ENDED_SESSION = "session ended"
        REVOKED = "token revoked"

    account = models.ForeignKey(Account, models.PROTECT, related_name="acts")
    what = models.CharField(max_length=30, choices=What.choices)
    party = models.ForeignKey("store.Party", models.PROTECT, null=True)
    """Whom it is about; none: the house."""
    about = models.CharField(max_length=200)
    """In words: a role, whose session, which token; never a secret."""
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    what__in=[
                        *("invited", "invitation withdrawn"),
                        *("session ended", "token revoked"),
                    ]
                ),
                name="operator_act_known",
            ),
        ]


class Hook(models.Model):
    """An address of a party's own that is told what happens to its licenses and pictures."""

    id = models.CharField(primary_key=True, max_length=8)
    party = models.ForeignKey("store.Party", models.PROTECT, related_name="hooks")
    url = models.CharField(max_length=500)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    after = models.BigIntegerField()
    """The index of the last entry of the log that was told, passed over, or not for this party."""
    failures = models.PositiveSmallIntegerField(default=0)
    """How often the next one failed to be told."""
    next_at = models.DateTimeField(null=True)
    """Before which it is not tried again."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id__regex=r"^[a-z2-7]{8}$"), name="hook_id_form"),
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="hook_has_address"),
        ]


class Delivery(models.Model):
    """One try to tell one event."""

    hook = models.ForeignKey(Hook, models.PROTECT, related_name="deliveries")
    index = models.BigIntegerField()
    event = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField(null=True)
    """What was answered; none where nobody did."""
    error = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
