"""Whether the audit log is as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.model.accounts.audit_entry import AuditChain, hash_of

if TYPE_CHECKING:
    from router.model.accounts.audit_entry import ChainedEntry
    from router.storage.engine import Storage

_IN_ONE_READ: Final = 2000  # rows: a few hundredths of a second


async def find_faults(storage: Storage, *, most: int = 20) -> tuple[int, AuditChain, list[str]]:
    """Walk the chain from its oldest entry to its newest.

    Args:
        storage: Open.
        most: So many faults are enough.

    Returns:
        How many entries were read, both ends of the chain, and what is wrong: entries that were changed, removed, or
        put in.

    Raises:
        StorageUnavailableError: It cannot be read.
    """
    chain = await storage.read(lambda uow: uow.audit.chain())
    number, last, faults = chain.removed_id, chain.removed_hash, list[str]()
    count = 0
    while len(faults) < most:
        at = number
        some = await storage.read(lambda uow: uow.audit.list_after(at, _IN_ONE_READ))  # noqa: B023 - awaited here
        for one in some:
            if one.id > chain.last_id:  # written since we began
                return count, chain, faults
            count += 1
            faults += _faults(one, number, last)
            number, last = one.id, one.hash
        if not some:
            break
    if number != chain.last_id:
        faults.append(f"entries {number + 1} to {chain.last_id}, the newest, were removed")
    elif last != chain.last_hash:
        faults.append(f"entry {number} is not the one that was written last")
    return count, chain, faults[:most]


def _faults(one: ChainedEntry, number: int, last: str) -> list[str]:
    faults = []
    if one.id != number + 1:
        missing = f"entry {number + 1}" if one.id == number + 2 else f"entries {number + 1} to {one.id - 1}"
        faults.append(f"{missing} removed, before {one.entry.at}")
    elif one.previous != last:
        faults.append(f"entry {one.id} of {one.entry.at} does not follow on entry {number}: one of them was replaced")
    if one.hash != hash_of(one.id, one.entry, one.previous):
        faults.append(f"entry {one.id} of {one.entry.at} was changed")
    return faults
