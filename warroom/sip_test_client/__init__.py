"""A SIP client for test calls: dials, presses keys, speaks, and recognises prompts by their sound.

SIPp places loads; this places the one call whose every step is watched: `warroom demo`, `warroom test-call` and the
live tests. It waits for what it hears, never for a time to pass.
"""

from warroom.sip_test_client.call import CallRefusedError, TestCall
from warroom.sip_test_client.prompt_matcher import PromptMatcher

__all__ = ["CallRefusedError", "PromptMatcher", "TestCall"]
