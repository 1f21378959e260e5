"""Ports that tests draw for their servers."""

from tests.harness.ports import free_port, share


def test_no_two_workers_draw_the_same_port() -> None:
    """Each worker has ports of its own, together they are all of them, and a process that is alone has all."""
    alone = share({})
    for count in (1, 2, 7):
        shares = [
            share({"PYTEST_XDIST_WORKER": f"gw{place}", "PYTEST_XDIST_WORKER_COUNT": str(count)})
            for place in range(count)
        ]
        assert sorted(port for each in shares for port in each) == list(alone)


def test_each_port_is_another() -> None:
    """Nobody is handed a port twice, though nothing listens on it yet."""
    assert len({free_port() for _ in range(50)}) == 50
