"""A look into the files of a stopped server, as an operator takes it with `sqlite3`."""

import sqlite3
from contextlib import closing


def rows(data, file, statement):
    """The rows of a statement on `keystead.db` or `audit.db` of a data directory."""
    with closing(sqlite3.connect(data / file)) as database:
        return database.execute(statement).fetchall()
