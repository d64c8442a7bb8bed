"""A seeded workspace with somebody who signs in for every party, and for the house in each role."""

from __future__ import annotations

import os
import sys
from base64 import b32encode
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from bench._seed import Size, agency, brand, lay, model
from sosie.account_store.models import Account, Membership
from sosie.core.roles import HOUSE, Role, roles_of
from sosie.store import models as tables


def people() -> None:
    """Have somebody of every party sign in, once, and somebody of the house in each of its roles;
    those of the greatest parties are called after their role."""
    if Account.objects.filter(name=f"the {Role.MODEL.words}").exists():
        return
    now, accounts, members = timezone.now(), [], []
    parties = dict(tables.Party.objects.values_list("pk", "kind"))
    first = {model(0), brand(0), agency(0)}
    asked = [(role, id) for id, kind in parties.items() for role in roles_of(kind)]
    for n, (role, party) in enumerate([*asked, *((role, None) for role in roles_of(HOUSE))]):
        name = f"the {role.words}" if party in first or party is None else f"a {role.words} {n}"
        number = b32encode(n.to_bytes(5)).decode()
        account = Account(number=f"{number[:4]}-{number[4:]}", name=name, joined_at=now)
        accounts.append(account)
        members.append(Membership(account=account, party_id=party, role=role, since=now))
    with transaction.atomic():
        Account.objects.bulk_create(accounts)
        Membership.objects.bulk_create(members)


def main() -> None:
    """Lay the workspace that the arguments say: folder by `SOSIE_WORKSPACE`, pictures, licenses."""
    pictures, licenses = map(int, sys.argv[1:])
    lay(Path(os.environ["SOSIE_WORKSPACE"]), Size(pictures, licenses), day=timezone.now().date())
    people()
