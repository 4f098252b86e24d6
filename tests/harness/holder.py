"""Users and groups, as what holds policies: the same operations under two names."""


class Holder:
    """A new user or group."""

    def __init__(self, server, kind, name):
        self.server, self.kind, self.name = server, kind, name
        server.ok(f"Create{kind}", self.named)

    @property
    def named(self):
        return {f"{self.kind}Name": self.name}
