"""The dialogue by WhatsApp: pure and synchronous, with its state in the person's row."""

from router.intake.whatsapp.dialogue.dialogue import Dialogue
from router.intake.whatsapp.dialogue.step import Facts, Step
from router.intake.whatsapp.dialogue.wording.texts import Texts

__all__ = ["Dialogue", "Facts", "Step", "Texts"]
