"""The real binary: started, watched, signalled and stopped."""

import os
import re
import subprocess
import threading
import time
from pathlib import Path

from harness import clients, http, sigv4
from harness.sigv4 import KeyPair

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("KEYSTEAD_BIN", str(REPOSITORY / "target" / "debug" / "keystead"))

ACCOUNT = "123456789012"
ADMIN = KeyPair("AKIARZPUZDIKATESTADM", "AdminSecretForTestsOnly00000000000000000")
ROOT = KeyPair("AKIARZPUZDIKATESTROT", "RootSecretForTestsOnly000000000000000000")

START_SECONDS = 30
STOP_SECONDS = 30


def environment(**variables):
    """The environment of a Keystead process: nothing of this machine's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KEYSTEAD_"))}
    return kept | {"RUST_BACKTRACE": "1"} | variables


def keystead(*arguments, timeout=60, env=None, **options):
    """Runs a command of the binary to its end."""
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        **options,
    )


class Server:
    """A running `keystead serve`, and everything that it has written to its output."""

    def __init__(self, *arguments, data=None, env=None, cwd=None, key=None):
        where = ["--data", str(data)] if data else []
        self.data = Path(data) if data else None
        self._key = key
        self._lines = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", *where, *arguments],
            env=environment(**(env or {})),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._readers = [
            threading.Thread(target=self._read, args=(pipe,), daemon=True)
            for pipe in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()
        try:
            listening = self._wait_for_line(r"listening on (https?)://(127\.0\.0\.1):(\d+)", START_SECONDS)
        except AssertionError:
            self.process.kill()
            raise
        self.scheme, self.address = listening[1], (listening[2], int(listening[3]))

    @property
    def host(self):
        return f"{self.address[0]}:{self.address[1]}"

    @property
    def url(self):
        return f"{self.scheme}://{self.host}"

    @property
    def key(self):
        """The administrator's key: the fixed one, or that of `admin.env`."""
        if self._key is None:
            settings = self.admin_env()
            self._key = KeyPair(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"])
        return self._key

    def admin_env(self):
        """The variables of `admin.env`, as a shell that sources it sees them."""
        text = (self.data / "admin.env").read_text()
        return dict(re.findall(r"""^(?:export )?([A-Z_]+)=["']?([^"'\n]*)""", text, re.MULTILINE))

    # Calls

    def sign(self, request, key=None, **signing):
        return sigv4.sign_header(request, key or self.key, host=self.host, **signing)

    def send(self, request):
        return http.send(self.address, request)

    def get(self, path, method="GET"):
        """An unsigned request to one of Keystead's own paths."""
        return self.send(sigv4.Request(method=method, path=path, headers=(("host", self.host),)))

    def call(self, action, parameters=None, *, key=None, service="iam", **signing):
        """A call of the Query protocol, signed by the raw signer."""
        request = sigv4.form(action, parameters, service)
        return self.send(self.sign(request, key, service=service, **signing))

    def ok(self, action, parameters=None, **options):
        """A call that must succeed."""
        answer = self.call(action, parameters, **options)
        assert answer.status == 200, (action, answer.status, answer.body)
        return answer

    def client(self, service, key=None, **options):
        """A boto3 client that makes one attempt per call."""
        session = clients.boto3_session(key or self.key, options.pop("region", "us-east-1"))
        return session.client(service, endpoint_url=self.url, config=clients.ONE_ATTEMPT, **options)

    def resource(self, key=None):
        session = clients.boto3_session(key or self.key)
        return session.resource("iam", endpoint_url=self.url, config=clients.ONE_ATTEMPT)

    def create_user(self, name, **parameters):
        return self.ok("CreateUser", {"UserName": name, **parameters})

    def create_key(self, user):
        answer = self.ok("CreateAccessKey", {"UserName": user})
        return KeyPair(answer.text("AccessKeyId"), answer.text("SecretAccessKey"))

    def create_user_with_key(self, name, policy=None, **parameters):
        """A user with a key who may do what the document says, or nothing."""
        self.create_user(name, **parameters)
        if policy:
            self.put_policy(name, policy)
        return self.create_key(name)

    def put_policy(self, user, document, name="given"):
        self.ok("PutUserPolicy", {"UserName": user, "PolicyName": name, "PolicyDocument": document})

    def key_ids(self, user):
        return self.ok("ListAccessKeys", {"UserName": user}).texts("AccessKeyId")

    def works(self, key):
        """Whether the key signs. A refusal must be the one of unknown, inactive and deleted keys, or the one of
        who was refused too often."""
        answer = self.call("GetCallerIdentity", key=key, service="sts")
        if answer.status != 200:
            assert (answer.status, answer.error.code) in [(403, "InvalidClientTokenId"), (400, "Throttling")], answer.body
        return answer.status == 200

    def contents(self):
        """All that the account holds, to tell whether something was written."""
        kinds = {"Filter": ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"]}
        users = self.all_of("ListUsers")
        policies = self.all_of("ListPolicies", {"Scope": "Local"})
        profiles = self.all_of("ListInstanceProfiles")
        return [
            self.all_of("ListAccountAliases"),
            self.all_of("GetAccountAuthorizationDetails", kinds),
            # They show how roles are described.
            self.all_of("ListRoles"),
            profiles,
            *(self.all_of("ListAccessKeys", {"UserName": name}) for name in within("UserName", users)),
            *(self.all_of("ListPolicyTags", {"PolicyArn": arn}) for arn in within("Arn", policies)),
            *(
                self.all_of("ListInstanceProfileTags", {"InstanceProfileName": name})
                for name in within("InstanceProfileName", profiles)
            ),
        ]

    def all_of(self, action, parameters=()):
        """All pages of a listing, as they were written."""
        pages, marker = "", {}
        while True:
            answer = self.ok(action, {**dict(parameters), "MaxItems": 1000, **marker})
            pages += within(f"{action}Result", answer.body.decode())[0]
            if answer.text("IsTruncated") != "true":
                return pages
            marker = {"Marker": answer.text("Marker")}

    def reset(self):
        answer = self.get("/-/reset", method="POST")
        assert answer.status in (200, 204), (answer.status, answer.body)

    def metric(self, name):
        """The value of a metric without labels."""
        found = re.search(rf"^{name} (\d+)", self.get("/-/metrics").body.decode(), re.MULTILINE)
        return int(found[1])

    # What it wrote

    @property
    def output(self):
        """All that the process wrote to its standard output and standard error so far."""
        with self._changed:
            return "".join(self._lines)

    def wait_for_log(self, pattern, seconds=10):
        """Waits until a line of the output matches, and gives the match."""
        return self._wait_for_line(pattern, seconds)

    def _wait_for_line(self, pattern, seconds):
        matcher = re.compile(pattern)
        deadline = time.monotonic() + seconds
        seen = 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if found := matcher.search(line):
                        return found
                seen = len(self._lines)
                left = deadline - time.monotonic()
                if left <= 0 or not any(reader.is_alive() for reader in self._readers):
                    raise AssertionError(f"no line matches {pattern!r} in:\n{''.join(self._lines)}")
                self._changed.wait(min(left, 1.0))

    def _read(self, pipe):
        for line in iter(pipe.readline, b""):
            with self._changed:
                self._lines.append(line.decode(errors="replace"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    # Its end

    def stop(self):
        """Asks it to stop and gives its exit code."""
        self.process.terminate()
        return self.wait()

    def kill(self):
        self.process.kill()
        return self.wait()

    def wait(self):
        code = self.process.wait(STOP_SECONDS)
        for reader in self._readers:
            reader.join(STOP_SECONDS)
        return code


def start(*arguments, data=None, fixed=True, root=False, env=None, **options):
    """A server in a directory, or in memory when there is none. `fixed` keys make runs repeatable."""
    variables = {}
    if fixed:
        variables |= key_variables("ADMIN", ADMIN)
        arguments = ("--account-id", ACCOUNT, *arguments)
    if root:
        variables |= key_variables("ROOT", ROOT)
    if data is None:
        arguments = ("--in-memory", *arguments)
    return Server(*arguments, data=data, env=variables | (env or {}), key=ADMIN if fixed else None, **options)


def key_variables(who, key):
    """The variables that fix a key: `who` is `ADMIN` or `ROOT`."""
    return {
        f"KEYSTEAD_{who}_ACCESS_KEY_ID": key.access_key_id,
        f"KEYSTEAD_{who}_SECRET_ACCESS_KEY": key.secret_access_key,
    }


def within(element, text):
    """What stands between the tags of each element of this name."""
    return re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
