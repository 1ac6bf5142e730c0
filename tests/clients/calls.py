"""The table of calls: all 161 operations of the official client with planted values, in an order that makes sense.

    scene = Scene(normal=Account(host, app_id, secret), manager=Account(host, management_id, secret), owner=owner)
    outcomes = await asyncio.to_thread(run, scene, steps())

Give other hosts and credentials to run the same through a proxy, another `Planting` to leave out classes of places, and
compare the outcomes one by one.
"""

from tests.clients import account, courses, dispatches, invitations, registrations


def steps():
    """Every step, in the order of a run. Deletions come last."""
    return [
        *account.steps(),
        *courses.steps(),
        *registrations.steps(),
        *dispatches.steps(),
        *invitations.steps(),
        *registrations.endings(),
        *dispatches.endings(),
        *courses.endings(),
        *account.endings(),
    ]
