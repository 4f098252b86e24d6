"""Nothing that was acknowledged is lost: the server is killed at random moments, many times.

Clients create, deactivate and delete users and keys all the time and note each answer before they count it. After each
kill a new server on the same directory is compared with their notes. `--durability-rounds N` sets the number of kills,
`--seed N` repeats the random choices of a run.
"""

import random
import socket
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from http.client import HTTPException

from harness import KeyPair

CLIENTS = 8
USERS = [f"user{number}" for number in range(16)]
ANSWERS_BEFORE_A_KILL_MAX = 250
DISCONNECTED = (ConnectionError, HTTPException, socket.timeout)


@dataclass
class Key:
    """What the clients know of a key. A change is noted as attempted first, then as answered."""

    user: str
    pair: KeyPair
    status: str = "Active"
    attempted: str | None = None
    deleted: bool = False


@dataclass
class Notes:
    """What all clients have been told, over all rounds."""

    keys: dict[str, Key] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    creations_without_answer: Counter = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    answered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def noted(self):
        """Called after each answer was written down."""
        self.answered.release()


class Client(threading.Thread):
    """Works on keys that it alone knows of, among users that all share, until the connection breaks."""

    def __init__(self, server, notes, number, seed):
        super().__init__(daemon=True)
        self.server, self.notes, self.number = server, notes, number
        self.random = random.Random(seed)
        self.mine = []
        self.failure = None

    def run(self):
        try:
            while True:
                actions = [self.create_key, self.change_key, self.delete_key, self.create_user]
                self.random.choices(actions, [4, 2, 3, 1])[0]()
        except DISCONNECTED:
            pass
        except BaseException as failure:
            self.failure = failure

    def create_key(self):
        user = self.random.choice(USERS)
        with self.notes.lock:
            self.notes.creations_without_answer[user] += 1
        answer = self.server.call("CreateAccessKey", {"UserName": user})
        assert answer.status in (200, 409), answer.body
        with self.notes.lock:
            self.notes.creations_without_answer[user] -= 1
            if answer.status == 200:
                pair = KeyPair(answer.text("AccessKeyId"), answer.text("SecretAccessKey"))
                self.notes.keys[pair.access_key_id] = Key(user, pair)
                self.mine.append(self.notes.keys[pair.access_key_id])
        self.notes.noted()

    def change_key(self):
        if not self.mine:
            return
        key = self.random.choice(self.mine)
        key.attempted = self.random.choice(["Active", "Inactive"])
        change = {"UserName": key.user, "AccessKeyId": key.pair.access_key_id, "Status": key.attempted}
        answer = self.server.call("UpdateAccessKey", change)
        assert answer.status == 200, answer.body
        key.status, key.attempted = key.attempted, None
        self.notes.noted()

    def delete_key(self):
        if not self.mine:
            return
        key = self.mine.pop(self.random.randrange(len(self.mine)))
        key.attempted = "deleted"
        answer = self.server.call("DeleteAccessKey", {"UserName": key.user, "AccessKeyId": key.pair.access_key_id})
        assert answer.status == 200, answer.body
        key.deleted, key.attempted = True, None
        self.notes.noted()

    def create_user(self):
        name = f"made-{self.number}-{self.random.getrandbits(64):x}"
        answer = self.server.call("CreateUser", {"UserName": name})
        assert answer.status == 200, answer.body
        with self.notes.lock:
            self.notes.users.add(name)
        self.notes.noted()


def compare(server, notes):
    """Checks a restarted server against the notes, and takes over what it did to unanswered changes."""
    present = defaultdict(dict)
    for user in USERS:
        answer = server.ok("ListAccessKeys", {"UserName": user})
        present[user] = dict(zip(answer.texts("AccessKeyId"), answer.texts("Status"), strict=True))
        assert len(present[user]) <= 2, (user, present[user])
    unexplained = Counter(user for user, keys in present.items() for key_id in keys if key_id not in notes.keys)
    assert unexplained <= notes.creations_without_answer, (unexplained, notes.creations_without_answer)

    for key_id, key in notes.keys.items():
        status = present[key.user].get(key_id)
        if key.deleted:
            assert status is None, f"{key_id} was deleted and is back"
        elif key.attempted == "deleted":
            key.deleted = status is None
        else:
            assert status is not None, f"{key_id} was created and is gone"
            assert status in (key.status, key.attempted), f"{key_id} is {status}, not {key.status}"
            key.status, key.attempted = status, None

    names = set(server.client("iam").get_paginator("list_users").paginate().search("Users[].UserName"))
    assert notes.users <= names

    # What cannot be told apart any more is cleared away, for the next round.
    for user, keys in present.items():
        for key_id in keys:
            if key_id not in notes.keys:
                server.ok("DeleteAccessKey", {"UserName": user, "AccessKeyId": key_id})
    notes.creations_without_answer.clear()


def test_killed_at_random_moments(launch, tmp_path, seeded, request):
    data = tmp_path / "data"
    notes = Notes()
    server = launch(data=data)
    for user in USERS:
        server.create_user(user)
    for _ in range(request.config.getoption("--durability-rounds")):
        living = [key for key in notes.keys.values() if not key.deleted]
        clients = [Client(server, notes, number, seeded.getrandbits(64)) for number in range(CLIENTS)]
        for number, client in enumerate(clients):
            client.mine = living[number::CLIENTS]
            client.start()
        for _ in range(seeded.randint(1, ANSWERS_BEFORE_A_KILL_MAX)):
            assert notes.answered.acquire(timeout=60), [client.failure for client in clients]
        server.kill()
        for client in clients:
            client.join(60)
            assert client.failure is None, client.failure
        server = launch(data=data)
        compare(server, notes)

    # The secrets outlived it all too.
    for key in notes.keys.values():
        assert server.works(key.pair) is (not key.deleted and key.status == "Active")
    assert server.stop() == 0
