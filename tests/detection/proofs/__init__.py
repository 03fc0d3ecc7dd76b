"""What each check asks, asked once more in a few lines of Python: a second opinion on the servers
that the suite is tested with. A proof returns when the server does what is right."""
from . import concurrency, disconnect, echo, faults, lifecycle, ordering, resources

PROOFS = {check: proof
          for family in (echo, concurrency, ordering, disconnect, resources, faults, lifecycle)
          for check, proof in family.PROOFS.items()}

LEVEL_TRIGGERED = ("select", "poll", "epoll")
EVENT_LOOPS = (*LEVEL_TRIGGERED, "epoll-et")

# An outcome that the kernel owes only to some proves nothing about the others: EAGAIN from a
# blocking descriptor, or without an edge to follow.
ONLY_FOR = {
    "fault/recv-eagain": LEVEL_TRIGGERED,
    "fault/accept-eagain": LEVEL_TRIGGERED,
    "strategy/non-blocking": EVENT_LOOPS,
    "strategy/single-threaded": EVENT_LOOPS,
    "strategy/blocks-when-idle": EVENT_LOOPS,
}


def applies(check, strategy):
    return strategy in ONLY_FOR.get(check, (strategy,))
