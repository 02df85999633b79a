"""The bell: on PostgreSQL, a node is woken for each lane that has work, at the commit that gave it some.

It is procrastinate's queue (https://procrastinate.readthedocs.io, 3.10 or newer), with one job for a lane that waits
and never one for a message. It only wakes: what is due is found in the lanes, and a job that is lost is rung for again.
"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from gateway.errors import PermanentError
from gateway.store.engine import savepoint

if TYPE_CHECKING:
    from procrastinate.jobs import Job
    from procrastinate.manager import JobManager

QUEUE = "gateway"
TASK = "gateway:drain"

_WAITS = text("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :lane AND status = 'todo'")
_WITH_JOB = text("SELECT lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name = :queue")
_STALLED = text(
    "DELETE FROM procrastinate_jobs WHERE queue_name = :queue AND (status NOT IN ('todo', 'doing')"
    " OR (status = 'doing' AND NOT EXISTS (SELECT 1 FROM procrastinate_workers AS worker"
    " WHERE worker.id = worker_id AND last_heartbeat >= now() - make_interval(secs => :seconds))))"
)
_SCHEMA = text("SELECT obj_description(to_regclass('procrastinate_jobs'))")


def is_hung(db: Connection) -> bool:
    """Whether this store has a bell: whoever works on an embedded store sees for himself."""
    return db.dialect.name == "postgresql"


def ring(db: Connection, lane: str) -> None:
    """A node is woken for the lane when this transaction is committed; once, however often it is rung before."""
    if not is_hung(db) or db.execute(_WAITS, {"lane": lane}).first() is not None:
        return
    from procrastinate.exceptions import AlreadyEnqueued  # only where PostgreSQL is used: it is an extra

    try:
        with savepoint(db):  # a job that waits already would else end the whole transaction
            _manager().defer_job(_job(lane), connection=db.connection.driver_connection)
    except AlreadyEnqueued:
        return


def unheard(db: Connection, due: list[str]) -> list[str]:
    """Those of the lanes for which no job waits or runs."""
    with_job = set(db.execute(_WITH_JOB, {"queue": QUEUE}).scalars())
    return [lane for lane in due if lane not in with_job]


def tidy(db: Connection, silent: timedelta) -> int:
    """How many jobs were removed: ended ones, and those of nodes not heard of for so long, which others wait for."""
    return db.execute(_STALLED, {"queue": QUEUE, "seconds": silent.total_seconds()}).rowcount


def hang(db: Connection) -> None:
    """The tables of the installed procrastinate made in the gateway's schema, with a note of their version."""
    from procrastinate.schema import SchemaManager

    with closing(db.connection.cursor()) as driver:  # its script is many statements
        driver.execute(SchemaManager.get_schema())
    db.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{_version()}'")


def check(db: Connection) -> None:
    """Raises PermanentError where the tables are not those of the installed procrastinate."""
    found = db.execute(_SCHEMA).scalar_one_or_none()
    if is_hung(db) and found != _version():
        installed = metadata.version("procrastinate")
        raise PermanentError(
            f"The database's queue is of schema {found}, procrastinate {installed} needs {_version()}."
            " Install the version of procrastinate that the database was made with."
        )


@cache
def _version() -> str:
    """The last step of procrastinate's schema, which its releases share until there is a further one."""
    steps = resources.files("procrastinate.sql") / "migrations"
    return max(each.name for each in steps.iterdir() if each.name.endswith(".sql")).removesuffix(".sql")


@cache
def _manager() -> JobManager:
    from procrastinate import SyncPsycopgConnector
    from procrastinate.manager import JobManager

    return JobManager(SyncPsycopgConnector())


def _job(lane: str) -> Job:
    from procrastinate.jobs import Job

    return Job(queue=QUEUE, task_name=TASK, lock=lane, queueing_lock=lane, task_kwargs={"lane": lane})
