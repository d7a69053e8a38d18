"""WhatsApp's webhook: what Meta sends us is checked, stored, and answered only then."""

from router.intake.whatsapp.webhook.counts import WebhookCounts
from router.intake.whatsapp.webhook.routes import PATH, WhatsAppWebhook
from router.intake.whatsapp.webhook.signature import WebhookSecrets

__all__ = ["PATH", "WebhookCounts", "WebhookSecrets", "WhatsAppWebhook"]
