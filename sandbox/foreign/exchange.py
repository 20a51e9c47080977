"""A client that is not ours: Debian's python3-exchangelib.

It signs in to the sandbox with NTLM, works on a mailbox by impersonation: creates
events, finds them by an extended property, updates, pages and deletes, sets an
automatic reply, and prints what it saw as one JSON object.

Argument: JSON with username, password, url, mailbox and nobody.
"""
import datetime
import json
import re
import sys

from exchangelib import (IMPERSONATION, NTLM, Account, CalendarItem, Configuration, Credentials, EWSDate, EWSDateTime,
                         EWSTimeZone, ExtendedProperty, OofSettings)

given = json.loads(sys.argv[1])
paris = EWSTimeZone("Europe/Paris")


class LeaveKey(ExtendedProperty):
    property_set_id = "66f5a359-4659-4830-9070-00047ec6ac6e"
    property_name = "LeaveKey"
    property_type = "String"


CalendarItem.register("leave_key", LeaveKey)


def account_of(mailbox):
    credentials = Credentials(given["username"], given["password"])
    config = Configuration(credentials=credentials, service_endpoint=given["url"], auth_type=NTLM)
    return Account(primary_smtp_address=mailbox, config=config, access_type=IMPERSONATION, default_timezone=paris)


def failure(call):
    """What a call is refused with: the sandbox's own words, else the kind of the error."""
    try:
        call()
    except Exception as error:
        own = re.search(r"Sandbox: [a-zA-Z: ]+(?= actor)", str(error))
        return own.group() if own else type(error).__name__
    return "none"


def at(day, hour):
    return EWSDateTime(2026, 12, day, hour, tzinfo=paris)


account = account_of(given["mailbox"])
calendar = account.calendar
saw = {"version": account.version.api_version, "calendar": [calendar.name, calendar.folder_class]}

first = CalendarItem(account=account, folder=calendar, subject="Absent", start=at(14, 9), end=at(14, 11), leave_key="first",
                     legacy_free_busy_status="OOF", reminder_is_set=False)
first.save()
found = calendar.filter(leave_key="first").get()
saw["found"] = {
    "same": found.id == first.id, "subject": found.subject, "start": found.start.astimezone(paris).isoformat(),
    "end": found.end.astimezone(paris).isoformat(), "showAs": found.legacy_free_busy_status, "key": found.leave_key,
    "reminder": found.reminder_is_set, "organizer": found.my_response_type,
}

found.subject, found.leave_key = "Away", "changed"
found.save(update_fields=["subject", "leave_key"])
saw["updated"] = [[event.subject, event.leave_key] for event in calendar.all().only("subject", "leave_key")]

stale = CalendarItem(account=account, folder=calendar, id=first.id, changekey=first.changekey, subject="Late")
saw["conflict"] = failure(lambda: stale.save(update_fields=["subject"], conflict_resolution="NeverOverwrite"))

days = CalendarItem(account=account, folder=calendar, subject="Days", is_all_day=True, leave_key="more",
                    start=EWSDate(2026, 12, 15), end=EWSDate(2026, 12, 16))
days.save()
read = list(account.fetch([days], folder=calendar))[0]
saw["days"] = [read.is_all_day, read.start.isoformat(), read.end.isoformat()]

account.bulk_create(calendar, [
    CalendarItem(subject=f"More {number}", start=at(20 + number, 9), end=at(20 + number, 10), leave_key="more") for number in (3, 1, 2)
])
more = calendar.filter(leave_key="more").order_by("-start").only("subject")
more.page_size = 2
saw["paged"] = [event.subject for event in more]
saw["pagedBySubject"] = [event.subject for event in calendar.filter(subject__istartswith="more").order_by("subject").only("subject")]
saw["from22"] = calendar.filter(start__gte=at(22, 0), end__lt=at(30, 0)).count()
saw["marked"] = calendar.filter(leave_key__exists=True).count()
saw["view"] = [event.subject for event in calendar.view(start=at(15, 0), end=at(22, 0)).only("subject")]

deleted = found.id
found.delete()
saw["left"] = calendar.filter(leave_key="changed").count()
saw["bin"] = account.trash.name
saw["deletedTwice"] = [type(answer).__name__ for answer in account.bulk_delete([(deleted, None)])]
saw["nobody"] = failure(lambda: account_of(given["nobody"]).calendar.all().count())
saw["notImitated"] = failure(lambda: list(account.root.walk()))

leaves = datetime.datetime.now(tz=datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
account.oof_settings = OofSettings(
    state="Scheduled", external_audience="Known", internal_reply="Zur\u00fcck <bald>", external_reply="Away",
    start=EWSDateTime.from_datetime(leaves), end=EWSDateTime.from_datetime(leaves + datetime.timedelta(days=7)))
reply = account.oof_settings
saw["reply"] = [reply.state, reply.external_audience, reply.internal_reply.split("\n")[2], reply.external_reply.split("\n")[2],
                reply.start == leaves, (reply.end - reply.start).days]

print(json.dumps(saw))
