"""A newer token of a phone's, checked while its session goes on."""

from __future__ import annotations

from actors.commands import Renew
from actors.ports import CannotCheck, NotAdmitted, Permit
from schemas.messages import TokenChecked, TokenRefused, TokenTaken


async def renewed(permit: Permit, order: Renew) -> TokenChecked:
    """Have a token checked; return what became of it.

    That may take as long as a look at the keys of the token's issuer.
    """
    ref = order.ref
    try:
        await permit.renew(order.token)
    except NotAdmitted as exc:
        return TokenRefused(exc.reason, exc.problem, forbidden=exc.forbidden, ref=ref)
    except CannotCheck as exc:
        return TokenRefused("cannot_check", str(exc), "cannot_authenticate", ref=ref)
    return TokenTaken(ref)
