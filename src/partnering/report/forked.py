"""Kernels forked from a process that has imported what notebooks need: each its own process, none pays imports again.

Named in pyproject.toml as a provisioner of kernels, so papermill and jupyter-client are used as they are.
"""

import multiprocessing
import os
import threading
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOADED = ["joblib.externals.loky", "ipykernel.kernelapp", "matplotlib_inline.backend_inline", "seaborn"]
"""What takes long to import; the first, without which a worker of the first kind can fork nothing."""


class ForkedProvisioner(LocalProvisioner):
    """Starts a kernel by forking it from the fork server of this process."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Return where to connect to; the command's arguments after `-m module` are the kernel's."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        self.cwd = kwargs.get("cwd") or os.getcwd()
        process = context.Process(target=_be_kernel, args=(cmd[cmd.index("-m") + 2 :], self.cwd, dict(kwargs["env"])))
        process.start()
        self.process = _Handle(process)  # type: ignore[assignment]
        self.pid = process.pid
        return self.connection_info


def _be_kernel(arguments: list[str], folder: str, variables: dict[str, str]) -> None:
    """Be the kernel, in a session of its own as one that is started from a command is."""
    from ipykernel.kernelapp import IPKernelApp

    threading.Thread(target=_end_with_worker, daemon=True).start()
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ |= variables
    with_parent = f"--IPKernelApp.parent_handle={os.getppid()}"  # it ends when the fork server does
    IPKernelApp.launch_instance(argv=[*arguments, with_parent])


def _end_with_worker() -> None:
    """End when the process is gone that asked for this one: the fork server would wait for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class _Handle:
    """A forked process as jupyter-client handles a Popen."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self.process, self.pid = process, process.pid
        self.wait, self.kill, self.terminate = process.join, process.kill, process.terminate

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, number)
