"""The trunks of the test stacks. Not in conftest.py, which is imported twice, with other ports each time."""

from __future__ import annotations

from tests.support.ports import free_ports

#: Every address of this network is the test trunk, so that each call may have its own.
TRUNK_NETWORK = "127.0.1.0/24"
LOOPBACK = f"""[[trunk]]
name = "loopback"
server = "127.0.1.181"
match = ["{TRUNK_NETWORK}"]
channels = 600
dids = {{ 181 = "181", 104 = "104", 1077 = "rooms" }}
qualify_s = 0
"""
#: By this trunk citizens are called; its ``server`` is where they are.
CITIZENS = """
[[trunk]]
name = "citizens"
server = "{server}"
channels = 30
dids = {{ 07552550181 = "181" }}
prefix = "0"
qualify_s = 0
"""
FAR_END = "127.0.3.10"
REGISTRAR = "127.0.3.20"
FAR_PORT, REGISTRAR_PORT = free_ports(2)
ACCOUNT_PASSWORD = "a;password$of{our}s"
LINES = f"""{LOOPBACK}
[[trunk]]
name = "bsnl"
provider = "in another network"
server = "{FAR_END}:{FAR_PORT}"
match = ["127.0.3.0/28"]
channels = 30
prefix = "0"
callers = "international"
dids = {{ 07554000181 = "181" }}
dials = {{ 108 = "108" }}
qualify_s = 0

[[trunk]]
name = "account"
server = "{REGISTRAR}:{REGISTRAR_PORT}"
channels = 10
dids = {{ 917554000104 = "104" }}
registration = {{ username = "917554000104", password_file = "secrets/account" }}
qualify_s = 1
"""
OPERATOR = """[operator-1](operator)
inbound_auth/username = operator-1
inbound_auth/password = the-right-one
"""
