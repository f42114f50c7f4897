"""The desk at which a charger takes one-shot commands: judges, does once, and keeps results until they have arrived."""

from typing import TYPE_CHECKING

from device_shadows.command import Command, CommandLog, CommandReason, Operation, Outcome, Result
from simulator.records import Happening

if TYPE_CHECKING:
    from simulator.charger import Charger


class CommandDesk:
    """The commands of one charger; `wants_restart` asks the shell for a restart, after which `restarted` answers."""

    def __init__(self, charger: "Charger", *, log: CommandLog, results: tuple[Result, ...] = ()) -> None:
        self._charger = charger
        self.log, self.results = log, list(results)
        self.wants_restart = False

    def heard(self, command: Command) -> None:
        """Does the command if it is to be done, now; its result waits in `results`."""
        moment = self._charger.moment
        refusal = self.log.judge(command, now_s=moment.wall_s, clock_is_known=moment.is_known)
        if refusal:
            self._answer(refusal)
            return
        self.log = self.log.began(command)
        self._do(command)

    def restarted(self) -> None:
        """The charger has started: whatever was begun before it is done."""
        self.wants_restart = False
        for command_id in self.log.begun:
            self._answer(self._result(command_id, Outcome.DONE))

    def acknowledge(self, result: Result) -> None:
        """The broker has the result."""
        if result in self.results:
            self.results.remove(result)

    def _do(self, command: Command) -> None:
        if command.op is Operation.RESTART:
            if self._charger.is_installing:
                self._answer(self._result(command.id, Outcome.REFUSED, CommandReason.BUSY_INSTALLING))
            else:
                self.wants_restart = True
        elif command.op is Operation.IDENTIFY:
            self._charger.note(Happening.IDENTIFIED)
            self._answer(self._result(command.id, Outcome.DONE))
        else:
            obstacle = self._charger.reset_faults()
            self._answer(self._result(command.id, Outcome.REFUSED if obstacle else Outcome.DONE, obstacle))

    def _answer(self, result: Result) -> None:
        self.log = self.log.noted(result)
        self.results.append(result)

    def _result(self, command_id: str, outcome: Outcome, reason: CommandReason | None = None) -> Result:
        return Result(id=command_id, outcome=outcome, reason=reason, ts=self._charger.moment.wall_s)
