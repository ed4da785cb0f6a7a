"""The fleets that a login has in the rehearsal: always the same for a login, stored nowhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

from onboarding.rehearsal.authority import Authority

NAMES = (
    "Headquarters",
    "Sales vans",
    "Service west",
    "Service east",
    "Pool cars",
    "Delivery",
    "Executives",
    "Test drives",
)
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
PAGE_SIZE_MAX = 60  # the contract's


def fleets_of(authority: Authority, login: str, base: str) -> list[dict[str, Any]]:
    """Two to four fleets, as the contract describes one."""
    seed = authority.derive("fleets", login)
    fleets = []
    for number in range(2 + seed[0] % 3):
        fleet_id = seed[1 + 4 * number : 5 + 4 * number].hex()
        made = EPOCH + timedelta(days=seed[20 + number], hours=number)
        fleets.append(
            {
                "id": fleet_id,
                "name": NAMES[(seed[0] + number) % len(NAMES)],
                "description": f"Vehicles of {login}, group {number + 1}",
                "createdAt": f"{made:%Y-%m-%dT%H:%M:%SZ}",
                "updatedAt": f"{made + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}",
                "_links": {"self": {"href": f"{base}/fleets/{fleet_id}"}},
            }
        )
    return fleets


def page(fleets: list[dict[str, Any]], base: str, size: int, number: int) -> dict[str, Any]:
    """One page (from 0) of `size` fleets, as a HAL collection."""
    pages = max(1, -(-len(fleets) // size))
    link = f"{base}/fleets?pageSize={size}"
    links = {"self": {"href": f"{link}&pageToken={number}"}, "first": {"href": f"{link}&pageToken=0"}}
    if number + 1 < pages:
        links["next"] = {"href": f"{link}&pageToken={number + 1}"}
    return {
        "total": len(fleets),
        "totalPage": pages,
        "currentPage": number,
        "_links": links,
        "_embedded": {"fleets": fleets[number * size : (number + 1) * size]},
    }
