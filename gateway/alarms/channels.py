"""Channels: who is told of alarms, as the settings say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.alarms.mail import MailChannel, Post
from gateway.alarms.telling import Channel, LogChannel
from gateway.mailing import MailServer
from gateway.settings import AlarmSettings

Secret = Callable[[str], str]


def channels_of(settings: AlarmSettings, secret: Secret, clock: Callable[[], datetime]) -> list[Channel]:
    """The log, and what else is configured; raises ConfigError for a secret that is not there."""
    channels: list[Channel] = [LogChannel()]
    if settings.webhook_url:
        from gateway.alarms.webhook import Webhook  # its import takes a tenth of a second, which few commands need

        named = settings.webhook_url.startswith(("env:", "secret:"))
        url = secret(settings.webhook_url) if named else settings.webhook_url
        key = secret(settings.webhook_secret) if settings.webhook_secret else None
        channels.append(Webhook(url, key, clock))
    post = post_of(settings, secret)
    if post is not None:
        channels.append(MailChannel(post, settings.mail_every))
    return channels


def post_of(settings: AlarmSettings, secret: Secret) -> Post | None:
    """Where mails go; None where no mail server is configured."""
    if not settings.smtp_host or not settings.mail_from:
        return None
    password = secret(settings.smtp_password) if settings.smtp_password else None
    server = MailServer(settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, password)
    return Post(server, settings.mail_from, settings.mail_to)
