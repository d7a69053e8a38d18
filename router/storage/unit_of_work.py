"""The argument of a job on the store: the repositories of one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.storage.repositories.accounts.audit_repository import AuditRepository
from router.storage.repositories.accounts.session_repository import SessionRepository
from router.storage.repositories.accounts.user_repository import UserRepository
from router.storage.repositories.api_key_repository import ApiKeyRepository
from router.storage.repositories.blocklist_repository import BlocklistRepository
from router.storage.repositories.calls.attended_callback_repository import AttendedCallbackRepository
from router.storage.repositories.calls.call_log_repository import CallLogRepository
from router.storage.repositories.calls.call_repository import CallRepository
from router.storage.repositories.calls.callback_repository import CallbackRepository
from router.storage.repositories.calls.cdr_repository import CdrRepository
from router.storage.repositories.calls.recording_repository import RecordingRepository
from router.storage.repositories.citizen_repository import CitizenRepository
from router.storage.repositories.facility_repository import FacilityRepository
from router.storage.repositories.identity_repository import IdentityRepository
from router.storage.repositories.job_repository import JobRepository
from router.storage.repositories.messaging.chat_in_repository import ChatInRepository
from router.storage.repositories.messaging.chat_people_repository import ChatPeopleRepository
from router.storage.repositories.messaging.messages_out_repository import MessagesOutRepository
from router.storage.repositories.messaging.webhook_body_repository import WebhookBodyRepository
from router.storage.repositories.monotonic_clock_repository import MonotonicClockRepository
from router.storage.repositories.notices.notice_repository import NoticeRepository
from router.storage.repositories.outbox_repository import OutboxRepository
from router.storage.repositories.recovery_repository import RecoveryRepository
from router.storage.repositories.rooms.alert_repository import AlertRepository
from router.storage.repositories.rooms.command_repository import CommandRepository
from router.storage.repositories.rooms.operator_repository import OperatorRepository
from router.storage.repositories.rooms.task_repository import TaskRepository
from router.storage.repositories.rooms.voicemail_repository import VoicemailRepository
from router.storage.repositories.stock_repository import StockRepository
from router.storage.repositories.stranded_repository import StrandedRepository
from router.storage.repositories.tickets.content_repository import ContentRepository
from router.storage.repositories.tickets.correction_repository import CorrectionRepository
from router.storage.repositories.tickets.deadline_repository import DeadlineRepository
from router.storage.repositories.tickets.hourly_count_repository import HourlyCountRepository
from router.storage.repositories.tickets.picture_repository import PictureRepository
from router.storage.repositories.tickets.report_repository import ReportRepository
from router.storage.repositories.tickets.ticket_page_repository import TicketPageRepository
from router.storage.repositories.tickets.ticket_repository import TicketRepository
from router.storage.repositories.tickets.ticket_search_repository import TicketSearchRepository

if TYPE_CHECKING:
    import sqlalchemy as sa

    from router.model.messages import MessageBuilder


class UnitOfWork:
    """The repositories of one transaction; it ends, committed or undone, with the job that got it.

    Attributes:
        connection: The transaction's, for tests that look at tables themselves.
        messages: Builds the messages of the outbox.
    """

    def __init__(self, connection: sa.Connection, messages: MessageBuilder) -> None:
        self.connection = connection
        self.messages = messages
        self.alerts = AlertRepository(connection, messages)
        self.api_keys = ApiKeyRepository(connection)
        self.attended_callbacks = AttendedCallbackRepository(connection)
        self.audit = AuditRepository(connection)
        self.blocklist = BlocklistRepository(connection)
        self.call_log = CallLogRepository(connection)
        self.calls = CallRepository(connection)
        self.callbacks = CallbackRepository(connection)
        self.cdr = CdrRepository(connection)
        self.chat_in = ChatInRepository(connection)
        self.chat_people = ChatPeopleRepository(connection)
        self.citizens = CitizenRepository(connection)
        self.commands = CommandRepository(connection)
        self.contents = ContentRepository(connection)
        self.corrections = CorrectionRepository(connection)
        self.deadlines = DeadlineRepository(connection)
        self.facilities = FacilityRepository(connection)
        self.hourly_counts = HourlyCountRepository(connection)
        self.identity = IdentityRepository(connection)
        self.jobs = JobRepository(connection)
        self.messages_out = MessagesOutRepository(connection)
        self.clock = MonotonicClockRepository(connection)
        self.notices = NoticeRepository(connection, messages)
        self.operators = OperatorRepository(connection)
        self.outbox = OutboxRepository(connection)
        self.pictures = PictureRepository(connection)
        self.reports = ReportRepository(connection)
        self.recordings = RecordingRepository(connection)
        self.sessions = SessionRepository(connection)
        self.stock = StockRepository(connection)
        self.stranded = StrandedRepository(connection)
        self.tasks = TaskRepository(connection, messages)
        self.ticket_search = TicketSearchRepository(connection)
        self.ticket_pages = TicketPageRepository(connection)
        self.tickets = TicketRepository(connection)
        self.users = UserRepository(connection)
        self.voicemail = VoicemailRepository(connection)
        self.webhook_bodies = WebhookBodyRepository(connection)
        self.recovery = RecoveryRepository(connection, self.alerts, self.tasks)
