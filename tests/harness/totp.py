"""What a virtual MFA device shows: RFC 6238, done anew so that the server's own is held against it."""

import base64
import hmac
import struct
import time


def totp(seed, steps, now):
    """The code of a device with this base32 seed, so many steps from now."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(now) // 30 + steps), "sha1").digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class Device:
    """A virtual device as it was made, and in somebody's hand. Its clock stands still: a code that is meant for a step
    is of that step even when the server is in the next one by then."""

    def __init__(self, iam, name="phone", **parameters):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **parameters)["VirtualMFADevice"]
        self.made, self.serial = made, made["SerialNumber"]
        self.seed, self.now = made["Base32StringSeed"].decode(), time.time()

    def code(self, steps=0):
        return totp(self.seed, steps, self.now)

    def codes(self, steps=-1):
        """Two codes in a row, of which the later is so many steps from now. Those of now and the next stay unused."""
        first, second = self.code(steps - 1), self.code(steps)
        return {"AuthenticationCode1": first, "AuthenticationCode2": second}

    def wrong(self):
        """A code that the device shows at no time near now."""
        shown = {self.code(steps) for steps in range(-30, 31)}
        return next(code for code in (f"{number:06}" for number in range(100)) if code not in shown)

    def enable(self, iam, user, steps=-1):
        iam.enable_mfa_device(UserName=user, SerialNumber=self.serial, **self.codes(steps))
        return self
