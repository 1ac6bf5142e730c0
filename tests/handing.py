"""Hands the files of tests out to processes (a plugin for pytest-xdist), and knows nothing of how long any takes.

A process stays in its folder, whose templates it has made already, then takes the folder with most tests that nobody
has begun, and at the end helps with the folders of others. One of them takes those with fewest: in these, programs are
killed and databases moved, for minutes each, and what takes long must not come last.
"""

from collections import Counter
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

_FEWEST_FIRST = "gw0"


class ByFolder(LoadFileScheduling):
    """Which file a process gets next."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        self._places: dict[WorkerController, str] = {}

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Put the file for `node` first in the queue, from where it is taken."""
        left = Counter(str(Path(file).parent) for file in self.workqueue for _ in self.workqueue[file])
        here, sign = self._places.get(node, ""), 1 if node.gateway.id == _FEWEST_FIRST else -1
        if here not in left:
            others = {place for other, place in self._places.items() if other is not node}
            # Where all are begun, one of those all the same; a name decides between equals.
            here = min(left, key=lambda folder: (folder in others, sign * left[folder], folder))
        self._places[node] = here
        inside = [file for file in self.workqueue if str(Path(file).parent) == here]
        self.workqueue.move_to_end(min(inside, key=lambda file: sign * len(self.workqueue[file])), last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    """Ours, whatever `--dist` says."""
    return ByFolder(config, log)


class Told:
    """What failed is told at once: a run that somebody ends has no list at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the test's name, and the last line of its report."""
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(
                f"{report.when} failed: {report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}"
            )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only where results are collected, not in the processes that make them."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Told(config))
