"""Signals and the event loop of a command."""

import asyncio
import os
import signal

import pytest

from ccloud_apply.cli.signals import Interrupted, Stop, heard_signals, run_until_signal


def test_a_command_gives_back_its_value() -> None:
    async def command(stop: Stop) -> int:
        return 7

    assert run_until_signal(command) == 7


@pytest.mark.parametrize("number", heard_signals())
def test_a_signal_cancels_and_is_told(number: signal.Signals) -> None:
    async def command(stop: Stop) -> None:
        os.kill(os.getpid(), number)
        await asyncio.sleep(60)

    with pytest.raises(Interrupted) as caught:
        run_until_signal(command)
    assert caught.value.number == number


def test_a_watched_signal_is_a_request_to_stop() -> None:
    async def command(stop: Stop) -> int:
        with stop.watched() as event:
            os.kill(os.getpid(), signal.SIGTERM)
            await event.wait()
        return stop.number

    assert run_until_signal(command) == signal.SIGTERM


def test_the_handlers_from_before_are_there_again() -> None:
    before = [signal.getsignal(number) for number in heard_signals()]

    async def command(stop: Stop) -> None:
        return None

    run_until_signal(command)
    assert [signal.getsignal(number) for number in heard_signals()] == before


def test_a_cancellation_that_no_signal_caused_stays_one() -> None:
    async def command(stop: Stop) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_until_signal(command)


def test_a_signal_that_the_parent_lets_it_ignore_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert signal.SIGHUP not in heard_signals()

        async def command(stop: Stop) -> int:
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)
            return stop.number

        assert run_until_signal(command) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
